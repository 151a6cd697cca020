"""The entry point the Functions host loads: one app, one blueprint per trigger, no decisions."""

import azure.functions as func

from monitor.functions import health, ingest, sweep

app = func.FunctionApp()
for _room in (ingest, sweep, health):
    app.register_functions(_room.blueprint)
