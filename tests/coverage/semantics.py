"""The documented semantics, one row each: two postures and the verdict that follows.

docs/coverage.md prints this table; test_semantics.py runs it and keeps the page in step.
"""

from typing import Final

from tests.coverage.rows_demands import DEMANDS, TENANT
from tests.coverage.rows_people import PEOPLE, STATES
from tests.coverage.rows_places import PLACES, RISKS
from tests.coverage.rows_resources import CLIENTS, RESOURCES
from tests.coverage.rows_strengths import STRENGTHS

ROWS: Final = (
    *STATES,
    *PEOPLE,
    *RESOURCES,
    *CLIENTS,
    *PLACES,
    *RISKS,
    *DEMANDS,
    *STRENGTHS,
    *TENANT,
)
