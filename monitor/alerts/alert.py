"""A finding leaf as an alert: checked, bounded, and with every text in it cleaned."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
)

from monitor.alerts.portal import portal_link
from monitor.alerts.untrusted import clean
from monitor.rules.model import Severity

NAME, SENTENCE, PARAGRAPH = 200, 400, 1200
"""Longest texts, in characters: of a name, of a step or value, of the witness."""
MOST_ROWS = 10
"""Changed fields, response steps and further findings shown; the ledger has them all."""

_GRAVE = Severity.HIGH.rank
_SHORT_ROOT = 12
_OURS = frozenset({"imprint", "tag", "preface", "others", "more_others", "lookup"})
"""Fields of an alert that no leaf may fill."""

_KINDS: Mapping[str, str] = {
    "conditionalAccessPolicy": "Conditional Access policy",
    "namedLocation": "named location",
    "authenticationStrengthPolicy": "authentication strength",
    "identitySecurityDefaultsEnforcementPolicy": "security defaults",
    "authenticationMethodsPolicy": "authentication methods policy",
    "perUserMfaState": "per-user MFA state",
    "directoryRole": "directory role",
    "mfaServiceSettings": "MFA service settings",
    "alertChannel": "alert channel",
    "servicePrincipal": "service principal",
}

_SOURCES: Mapping[str, str] = {
    "hipaa": "45 CFR",
    "nist": "NIST SP 800-53",
    "cis": "CIS Microsoft 365",
    "scuba": "SCuBA",
}
"""The control sets of `monitor.rules.model.Controls`, as they are cited."""


def _cleaned(limit: int) -> BeforeValidator:
    def check(value: object) -> object:
        return clean(value, limit) if isinstance(value, str) else value or ""

    return BeforeValidator(check)


Name = Annotated[str, _cleaned(NAME)]
Sentence = Annotated[str, _cleaned(SENTENCE)]
Paragraph = Annotated[str, _cleaned(PARAGRAPH)]


class _View(BaseModel):
    """Part of a leaf: fields it does not name are left in the ledger; null and absent are empty."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class About(_View):
    """What the finding is about; `link` leads to its page in the Entra admin center."""

    kind: Name = ""
    id: Name = ""
    name: Name = ""

    @property
    def kind_words(self) -> str:
        """The kind as people say it."""
        return _KINDS.get(self.kind, self.kind)

    @property
    def label(self) -> str:
        """Name and kind, as far as they are known."""
        name = self.name or self.id
        return f"{name} ({self.kind_words})" if name and self.kind else name or self.kind_words

    @property
    def link(self) -> str | None:
        """An https address, or None where there is no page or no well-formed id."""
        return portal_link(self.kind, self.id)


class Actor(_View):
    """Who did it: `label` names the person or app, `app` the client used, `ip` where from."""

    label: Name = ""
    app: Name = ""
    ip: Name = ""


class Changed(_View):
    """A field that differs."""

    path: Name
    before: JsonValue = None
    after: JsonValue = None

    @property
    def words(self) -> str:
        """What is different: members added and removed of a list, else the value before, after."""
        if isinstance(self.before, list | None) and isinstance(self.after, list | None):
            before, after = self.before or [], self.after or []
            parts = (
                _listed("added", [item for item in after if item not in before]),
                _listed("removed", [item for item in before if item not in after]),
            )
            return "; ".join(part for part in parts if part) or "order only"
        return f"{_value(self.before)} \N{RIGHTWARDS ARROW} {_value(self.after)}"


class Details(_View):
    """The facts for machines; what changed, who refused before and what was not seen are shown."""

    changed: tuple[Changed, ...] = ()
    refused_by: tuple[Name, ...] = ()
    unseen: tuple[Sentence, ...] = ()


class Controls(_View):
    """Control ids by their set."""

    hipaa: tuple[Name, ...] = ()
    nist: tuple[Name, ...] = ()
    cis: tuple[Name, ...] = ()
    scuba: tuple[Name, ...] = ()
    attack: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Imprint:
    """What stands on every message of a deployment.

    `auditor_url` is where its auditor pages are, without a final slash. `size` and `root` (hex)
    are those of the latest signed checkpoint. `escalates_after` (minutes) is how long a grave
    finding waits for somebody to acknowledge it.
    """

    auditor_url: str | None = None
    size: int | None = None
    root: str = ""
    escalates_after: int | None = None


@dataclass(frozen=True, slots=True)
class Other:
    """Another finding the same message tells of; `words` are its title and object."""

    entry: int
    severity: Severity
    words: str

    @property
    def line(self) -> str:
        """Entry, severity and words, as one line."""
        return f"#{self.entry} {self.severity.value.upper()} {self.words}"


class Alert(_View):
    """What a person is told of one finding. Every text is cleaned and bounded.

    `tag` and `preface` say what message this is where it is not the first and only one about the
    finding; `others` are the first of the findings told with it, `more_others` counts the rest.
    """

    entry: int = Field(ge=0)
    imprint: Imprint = Imprint()
    tag: str = ""
    preface: str = ""
    others: tuple[Other, ...] = ()
    more_others: int = 0
    lookup: str = ""
    severity: Severity
    title: Sentence
    witness: Paragraph
    at: AwareDatetime | None = None
    tenant: Name = ""
    rule: Name = ""
    revision: int = 0
    certainty: Name = "certain"
    about: Annotated[About, Field(alias="object")] = About()
    activity: Name = ""
    initiator: Actor | None = None
    controls: Controls = Controls()
    respond: tuple[Sentence, ...] = ()
    details: Details = Details()

    @property
    def word(self) -> str:
        """The severity in capitals: colour alone tells nothing to many readers."""
        return self.severity.value.upper()

    @property
    def changed(self) -> tuple[Changed, ...]:
        """The first changed fields."""
        return self.details.changed[:MOST_ROWS]

    @property
    def more_changed(self) -> int:
        """How many changed fields are not shown."""
        return max(0, len(self.details.changed) - MOST_ROWS)

    @property
    def steps(self) -> tuple[str, ...]:
        """What to do now, in order."""
        return self.respond[:MOST_ROWS]

    @property
    def command(self) -> str:
        """The command that shows the whole entry, or the list of what is told of."""
        return self.lookup or f"mfa-monitor show {self.entry}"

    @property
    def acknowledge(self) -> str:
        """The command that stops the escalation of a grave finding; empty where there is none."""
        if self.lookup or not self.imprint.escalates_after or self.severity.rank < _GRAVE:
            return ""
        return f'mfa-monitor ack {self.entry} --by "YOUR NAME" --reason "WHY"'

    @property
    def page(self) -> str | None:
        """The entry's auditor page: an address from the configuration and a number."""
        url = self.imprint.auditor_url
        if not url or self.lookup:
            return url
        return f"{url.rstrip('/')}/entries/{self.entry}"

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """Label and address of the pages to open."""
        pages = (
            ("Open it in the Entra admin center", self.about.link),
            ("Open the auditor page", self.page),
        )
        return tuple((label, address) for label, address in pages if address)

    @property
    def others_heading(self) -> str:
        """What stands above the other findings."""
        return "The gravest of them" if self.lookup else "Told with it"

    @property
    def pointers(self) -> tuple[tuple[str, str], ...]:
        """Label and command of what can be done in a terminal."""
        shown = "List them" if self.lookup else "Show the entry"
        commands = ((shown, self.command), ("Acknowledge it", self.acknowledge))
        return tuple((label, command) for label, command in commands if command)

    @property
    def place(self) -> str:
        """The entry id, and the checkpoint that vouches for it where there is one."""
        size = self.imprint.size
        vouched = size is not None and size > self.entry
        checkpoint = (
            f"; checkpoint {size}, root {self.imprint.root[:_SHORT_ROOT]}\N{HORIZONTAL ELLIPSIS}"
        )
        first = "first of them " if self.lookup else ""
        return f"{first}#{self.entry} in the ledger{checkpoint if vouched else ''}"

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Label and text of what is known, in the order in which it is asked."""
        actor = self.initiator or Actor()
        known = (
            ("Object", self.about.label),
            ("Who", actor.label),
            ("Client", actor.app),
            ("From", actor.ip),
            ("Activity", self.activity),
            ("When", f"{self.at:%Y-%m-%d %H:%M:%S} UTC" if self.at else ""),
            ("Certainty", "" if self.certainty == "certain" else f"{self.certainty}, not certain"),
            ("Refused by", "; ".join(self.details.refused_by)),
            ("Not seen", "; ".join(self.details.unseen)),
            ("Supports", self.supports),
            ("Technique", ", ".join(self.controls.attack)),
            ("Tenant", self.tenant),
            ("Rule", f"{self.rule}, revision {self.revision}" if self.rule else ""),
            ("Entry", self.place),
        )
        return tuple((label, text) for label, text in known if text)

    @property
    def supports(self) -> str:
        """The controls it is evidence for.

        It supports them: no single finding meets or breaks a requirement of 45 CFR 164.
        """
        sets = (
            f"{source} {', '.join(ids)}"
            for name, source in _SOURCES.items()
            if (ids := getattr(self.controls, name))
        )
        return "; ".join(sets)


def read_alert(index: int, leaf: Mapping[str, JsonValue], imprint: Imprint | None = None) -> Alert:
    """Return the alert of the finding leaf at that entry id.

    A leaf in a form this version does not know is an alert too, a high one that says so: what
    cannot be shown must not be dropped.
    """
    ours = {"entry": index, "imprint": imprint or Imprint()}
    told = {name: value for name, value in leaf.items() if name not in _OURS}
    try:
        return Alert.model_validate({**told, **ours})
    except ValidationError:
        return Alert(
            entry=index,
            imprint=imprint or Imprint(),
            severity=Severity.HIGH,
            title="A finding that this version cannot show",
            witness=(
                f"Entry #{index} of the ledger is a finding in a form this version does not know."
                f" Read it with: mfa-monitor show {index}"
            ),
        )


def _listed(verb: str, items: list[JsonValue]) -> str:
    return f"{verb} {', '.join(_value(item) for item in items)}" if items else ""


def _value(value: JsonValue) -> str:
    if value is None:
        return "(none)"
    return clean(value if isinstance(value, str) else json.dumps(value), SENTENCE // 2)
