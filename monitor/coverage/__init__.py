"""Which sign-in is let in now that was refused before? One witness per hole. Pure."""
