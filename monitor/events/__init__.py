"""The wire: envelope generations, routing, audit events, inner JSON, quarantine."""
