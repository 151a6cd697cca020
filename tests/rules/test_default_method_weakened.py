"""default-method-weakened: from the app to a call or a text."""

from pathlib import Path

import pytest

from tests import acts, entra
from tests.corridor import judged

RULE = "default-method-weakened"
CHANGED = "User changed default security info"


def test_both_forms_are_low(tmp_path: Path) -> None:
    told = acts.security_info(CHANGED, entra.at(), "User changed default method to Phone SMS")
    for place, record in enumerate((acts.methods(entra.at(), [6, 5], [5, 6]), told)):
        found = judged(tmp_path / str(place), record)
        assert set(found) == {RULE}
        assert found[RULE]["severity"] == "low"


@pytest.mark.parametrize(
    "record",
    [
        acts.methods(entra.at(), [5, 6], [6, 5]),
        acts.methods(entra.at(), [6], [6, 5]),
        acts.methods(entra.at(), [5], [1]),
        acts.security_info(CHANGED, entra.at(), "User changed default method to Authenticator App"),
        acts.security_info(CHANGED, entra.at(), "To Phone SMS", result="failure"),
    ],
)
def test_look_alikes_are_silent(tmp_path: Path, record: entra.Json) -> None:
    assert judged(tmp_path, record) == {}
