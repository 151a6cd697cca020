"""An `az` and an `azd` of our own on PATH: they answer from a table and record each call."""

import os
import shlex
import shutil
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import starmap
from pathlib import Path

from tests.infra.bicep import INFRA

SCRIPTS = INFRA / "scripts"
Answer = str | int
"""What a call prints, or the exit code it fails with."""

PROGRAM = r"""#!/bin/bash
line="${0##*/} $*"
{ printf '%s\x1f' "${0##*/}" "$@"; printf '\x1e'; } >>"${0%/*}/calls"
source "${0%/*}/answers"
exit 0
"""
"""In bash, which starts ten times faster than Python: the steps make a dozen calls each."""
BASH = shutil.which("bash") or "/bin/bash"

VALUES = {
    "AZURE_RESOURCE_GROUP": "rg-test",
    "MFA_HUB_NAMESPACE": "evh-test",
    "MFA_HUB_NAME": "insights-logs-auditlogs",
    "MFA_HUB_RULE_ID": "/subscriptions/s/rule/entra-diagnostic-setting",
    "MFA_IDENTITY_PRINCIPAL_ID": "principal-1",
    "MFA_FUNCTION_APP": "func-test",
    "MFA_FUNCTION_HOST": "func-test.example",
    "MFA_LEDGER_ACCOUNT_NAME": "ledgeraccount",
    "MFA_LEDGER_ACCOUNT_URL": "https://ledgeraccount.example/",
    "MFA_VIEW_ACCOUNT_URL": "https://hostaccount.example/",
    "MFA_VAULT_NAME": "kv-test",
}
"""What azd would know."""


def _case(wanted: Sequence[str], answer: Answer) -> str:
    """A line of bash: where the call holds all the words, answer and end."""
    held = " && ".join(f"$line == *{shlex.quote(word)}*" for word in wanted)
    if isinstance(answer, int):
        act = f"echo 'ERROR: refused' >&2; exit {answer}"
    else:
        act = f"printf '%s' {shlex.quote(answer + chr(10) if answer else '')}; exit 0"
    return f"[[ {held} ]] && {{ {act}; }}\n"


@dataclass
class Cloud:
    """A directory with the programs, their answers and their calls."""

    root: Path
    answers: list[tuple[list[str], Answer]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bin.mkdir()
        for name in ("az", "azd", "mfa-monitor"):
            program = self.bin / name
            program.write_text(PROGRAM)
            program.chmod(program.stat().st_mode | stat.S_IXUSR)

    @property
    def bin(self) -> Path:
        return self.root / "bin"

    def says(self, *wanted: str, answer: Answer) -> None:
        """Let calls that hold all these words answer so; what was said last goes first."""
        self.answers.insert(0, (list(wanted), answer))

    def run(
        self, script: str, *options: str, without: str = "", **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a step; `without` is a value that azd does not know either."""
        (self.bin / "answers").write_text("".join(starmap(_case, self.answers)))
        (self.bin / "calls").unlink(missing_ok=True)
        known = {name: value for name, value in VALUES.items() if name != without}
        return subprocess.run(
            [BASH, str(SCRIPTS / script), *options],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            cwd=self.root,
            env={"PATH": f"{self.bin}{os.pathsep}/usr/bin{os.pathsep}/bin", **known, **more},
        )

    def calls(self, *wanted: str) -> list[list[str]]:
        """The calls that hold all these words, in their order."""
        file = self.bin / "calls"
        records = file.read_text().split("\x1e")[:-1] if file.exists() else []
        made = [record.split("\x1f")[:-1] for record in records]
        return [words for words in made if all(part in " ".join(words) for part in wanted)]

    def changes(self) -> list[list[str]]:
        """The calls that change something."""
        writing = {"put", "post", "patch", "delete"}
        verbs = {"set", "lock", "create", "update", "restart", "init"}
        return [
            words
            for words in self.calls()
            if writing & set(words) or (verbs & set(words) and words[1] != "rest")
        ]
