"""Settings all tests share: hypothesis has no deadline, two loaded cores are slow at times."""

from hypothesis import settings

settings.register_profile("monitor", deadline=None)
settings.load_profile("monitor")
