"""Ask one posture: is there a sign-in without MFA for this user, group or application?

The question is a comparison in disguise: against the same posture with a block for exactly the
sign-ins asked about.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pydantic import JsonValue

from monitor.coverage.compare import DEFAULT_BUDGET, compare, overlap
from monitor.coverage.model import Certainty, Level, Verdict, Witness
from monitor.coverage.names import WELL_KNOWN
from monitor.errors import InvalidInput
from monitor.posture.document import Document, DocumentKind
from monitor.posture.policy import CLIENT_WORDS, PLATFORMS, ConditionalAccessPolicy, parse_policy
from monitor.posture.posture import Posture

_ID: Final = "what is asked about"
_NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STATE_WORDS: Final = {
    "disabled": "it is disabled",
    "enabledForReportingButNotEnforced": "it is report-only",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about. None leaves a dimension open; users, groups and roles by id or name."""

    user: str | None = None
    group: str | None = None
    role: str | None = None
    app: str | None = None
    client: str | None = None
    platform: str | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """`hole` is None where the solver ran out of budget. Policies stand by name, with a reason."""

    hole: bool | None
    certainty: Certainty
    witnesses: tuple[Witness, ...]
    applies: tuple[str, ...]
    does_not_apply: tuple[tuple[str, str], ...]
    not_understood: tuple[str, ...]
    unseen: tuple[str, ...]


def ask(posture: Posture, question: Question, *, budget: int = DEFAULT_BUDGET) -> Answer:
    """Return whether a sign-in without a second factor exists, and which policies apply.

    Raises:
        InvalidInput: the question names nothing known, or a client or platform that does not exist.
    """
    body = _blocked(posture, question)
    document = Document(DocumentKind.POLICY, _ID, _NO_TIME, body)
    found = compare(posture.with_document(document), posture, budget=budget)
    single = tuple(one for one in found.witnesses if one.level is Level.SINGLE_FACTOR)
    certain = any(one.certainty is Certainty.CERTAIN for one in single)
    reasons = dict(_reasons(posture, parse_policy({"id": _ID, **body})))
    undecided = found.verdict is Verdict.UNDECIDED and not single
    return Answer(
        hole=None if undecided else bool(single),
        certainty=Certainty.CERTAIN if certain or not single else Certainty.POSSIBLE,
        witnesses=single,
        applies=tuple(name for name, reason in reasons.items() if not reason),
        does_not_apply=tuple((name, reason) for name, reason in reasons.items() if reason),
        not_understood=found.not_understood,
        unseen=found.unseen,
    )


def _reasons(posture: Posture, asked: ConditionalAccessPolicy) -> Iterator[tuple[str, str]]:
    """For each policy why it does not apply; empty where it may."""
    for policy in posture.policies.values():
        reason = _STATE_WORDS.get(policy.state, "" if policy.enforced else "its state is unknown")
        yield policy.name, reason or overlap(posture, policy, asked)


def _blocked(posture: Posture, question: Question) -> dict[str, JsonValue]:
    """A policy that blocks exactly what is asked about."""
    people = (
        ("includeUsers", question.user, DocumentKind.USER),
        ("includeGroups", question.group, DocumentKind.GROUP),
        ("includeRoles", question.role, DocumentKind.ROLE),
    )
    users: dict[str, JsonValue] = {
        key: [find(posture, kind, text)] for key, text, kind in people if text is not None
    }
    app = "All" if question.app is None else _application(question.app)
    conditions: dict[str, JsonValue] = {
        "users": users or {"includeUsers": ["All"]},
        "applications": {"includeApplications": [app]},
        "clientAppTypes": [_choice(question.client, CLIENT_WORDS, "client") or "all"],
    }
    if question.platform is not None:
        platform = _choice(question.platform, PLATFORMS, "platform")
        conditions["platforms"] = {"includePlatforms": [platform]}
    if question.location is not None:
        location = find(posture, DocumentKind.LOCATION, question.location)
        conditions["locations"] = {"includeLocations": [location]}
    return {
        "displayName": _ID,
        "state": "enabled",
        "conditions": conditions,
        "grantControls": {"operator": "OR", "builtInControls": ["block"]},
    }


def _choice(text: str | None, choices: tuple[str, ...], what: str) -> str | None:
    if text is None:
        return None
    found = next((choice for choice in choices if choice.lower() == text.lower()), None)
    if found is None:
        raise InvalidInput(f"{what} {text!r}: choose one of {', '.join(choices)}")
    return found


def _application(text: str) -> str:
    """An id as it is, or a name of Microsoft's own applications."""
    return next((id_ for id_, name in WELL_KNOWN.items() if name.lower() == text.lower()), text)


def find(posture: Posture, kind: DocumentKind, text: str) -> str:
    """Return the id of the object with this id, display name or user principal name.

    Text that names nothing known is taken for an id.

    Raises:
        InvalidInput: two objects have this name.
    """
    wanted = text.lower()
    if posture.document(kind, wanted) is not None:
        return wanted
    found = [
        document.id
        for key, document in posture.documents.items()
        if key[0] is kind
        and wanted
        in {
            str(document.body.get(name, "")).lower()
            for name in ("displayName", "userPrincipalName")
        }
    ]
    if len(found) > 1:
        raise InvalidInput(f"{kind.value} {text!r}: {len(found)} have this name; give the id")
    if kind is DocumentKind.ROLE and not found:
        found = [id_ for id_, name in WELL_KNOWN.items() if name.lower() == wanted]
    return found[0].lower() if found else wanted
