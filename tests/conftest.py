"""Settings all tests share.

Hypothesis has no deadline: two loaded cores are slow at times. In CI its cases are the same each
time, so that a change is judged by the change; on a desk they are new each time and find more.
"""

import os

from hypothesis import settings

settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")
