"""The entry point the Functions host loads: one app, one blueprint per trigger, no decisions."""

import azure.functions as func

from monitor.functions import (
    deliver,
    digest,
    events,
    gap_repair,
    health,
    ingest,
    publish,
    status,
    sweep,
)

app = func.FunctionApp()
for _room in (ingest, sweep, deliver, publish, gap_repair, digest, health, status, events):
    app.register_functions(_room.blueprint)
