"""New accounts: people who register a method within hours, one created disabled, one guest.

The hospital's new physician, who never registers, is part of the story.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from samples import cast
from samples.cast import Person, person
from samples.credentials import AUTHENTICATOR_TEXT, KEY_TEXT, quiet_registration, registration
from samples.noise import licence, membership
from samples.records import (
    USUAL_LAG,
    AuditRecord,
    Initiator,
    Object,
    Shape,
    changed,
    guid,
    included,
    moment,
    stamp,
    target,
)

Records = Iterator[AuditRecord]


@dataclass(frozen=True, slots=True)
class Joiner:
    """One new account; `registered` is the time of the method (UTC), None for not today."""

    who: Person
    created: str
    registered: str | None
    by: Initiator = cast.HR
    text: str = AUTHENTICATOR_TEXT
    enabled: bool = True


JOINERS = (
    Joiner(person("Idris Calderwood"), "05:33:12", "12:05:31"),
    Joiner(person("Mairead Thornbury"), "05:35:02", "13:22:48", text=KEY_TEXT),
    Joiner(person("Bastien Overgard"), "05:35:48", "14:47:06", text=""),
    Joiner(person("Yusra Fairclough"), "05:36:20", "11:31:59"),
    Joiner(person("Wendel Starling"), "05:36:55", None, enabled=False),
    Joiner(person("Petra Holmquist"), "12:44:10", "13:58:27", by=cast.DESK[0].in_portal()),
    Joiner(person("Cyrus Nettleton"), "13:51:33", "15:20:12", by=cast.CONNECT),
    Joiner(person("Alba Winterbourne"), "14:26:41", "18:02:55", by=cast.CONNECT, text=KEY_TEXT),
    Joiner(person("Ruben Castellan"), "15:05:19", "16:41:03", by=cast.DESK[1].in_portal()),
    Joiner(person("Signe Haverford"), "16:12:28", "17:30:40", by=cast.DESK[0].in_portal()),
    Joiner(person("Emeka Lockridge"), "17:40:07", "21:15:22", by=cast.DESK[2].in_portal()),
    Joiner(person("Noor Ashgrove"), "19:05:50", "21:50:11", by=cast.DESK[2].in_portal()),
    Joiner(person("Tobias Merriwell"), "20:31:14", "23:15:44", by=cast.DESK[1].in_portal()),
    Joiner(person("Ilse Quarrington"), "21:10:36", "22:40:18", by=cast.CONNECT),
)
"""An empty text is the quiet way; whoever is not disabled registers before the day ends."""

GUEST = Person("Jo Lundqvist", f"jo.lundqvist_partner-clinic.example#EXT#@{cast.DOMAIN}", "")
GUEST_ADDRESS = "192.0.2.77"


def creation(
    who: Person, at: datetime, by: Initiator, *, enabled: bool = True, kind: str = "Member"
) -> AuditRecord:
    """Return the "Add user" record of an account."""
    made = f"{at:%FT%TZ}"
    modified = (
        changed("AccountEnabled", [], [enabled]),
        changed("DisplayName", [], [who.name]),
        changed("StsRefreshTokensValidFrom", [], [made]),
        changed("UserPrincipalName", [], [who.upn]),
        changed("UserType", [], [kind]),
    )
    names = included(*(entry["displayName"] for entry in modified))
    return AuditRecord(
        label=f"creation/{who.upn}",
        at=at,
        activity="Add user",
        operation="Add",
        by=by,
        targets=(who.as_target(*modified, names),),
        details=(("UserType", kind),),
        correlation=guid(f"creation/{who.upn}/correlation"),
    )


def settling_in(who: Person, at: datetime, by: Initiator) -> Records:
    """What follows the creation of any account: department, licence, an ordinary group."""
    department = changed("Department", [], ["Lakeside Memorial Hospital"])
    yield AuditRecord(
        label=f"department/{who.upn}",
        at=at + timedelta(seconds=2),
        activity="Update user",
        by=by,
        targets=(who.as_target(department, included("Department")),),
        details=(("UserType", "Member"),),
        correlation=guid(f"creation/{who.upn}/correlation"),
    )
    when: Object = {"at": at + timedelta(seconds=41), "lag": USUAL_LAG}
    yield from licence(who, f"licence/{who.upn}", when, cast.HR, chunks=2)
    yield AuditRecord(
        label=f"first-group/{who.upn}",
        at=at + timedelta(seconds=55),
        activity="Add member to group",
        category="GroupManagement",
        operation="Assign",
        by=cast.HR,
        targets=membership(who, cast.ORDINARY_GROUPS[3], joins=True),
    )


def joiners() -> Records:
    """Yield the accounts of the day and their registrations."""
    for joiner in JOINERS:
        at = moment(joiner.created)
        yield creation(joiner.who, at, joiner.by, enabled=joiner.enabled)
        yield from settling_in(joiner.who, at, joiner.by)
        if joiner.registered is None:
            continue
        registered = moment(joiner.registered)
        if joiner.text:
            yield from registration(joiner.who, registered, joiner.text)
        else:
            yield from quiet_registration(joiner.who, registered)


def guest() -> Records:
    """Yield a guest's invitation, account and acceptance; guests need no method here."""
    at, host = moment("16:03:25"), cast.STAFF[12]
    yield AuditRecord(
        label="guest/invited",
        at=at,
        activity="Invite external user",
        service="Invited Users",
        operation="Add",
        by=host.acting(),
        targets=(GUEST.as_target() | {"displayName": GUEST.name},),
        details=(
            ("oid", host.id),
            ("ipaddr", host.ip),
            ("InvitationId", guid("guest/invitation")),
            ("invitedUserEmailAddress", "jo.lundqvist@partner-clinic.example"),
        ),
        shape=Shape.OF_2022,
    )
    added = at - timedelta(milliseconds=900)
    yield creation(GUEST, added, host.in_portal(), kind="Guest")
    accepted = moment("17:21:09")
    yield AuditRecord(
        label="guest/accepted",
        at=accepted,
        activity="Redeem external user invite",
        service="B2B Auth",
        by=Initiator(upn=GUEST.upn, ip=GUEST_ADDRESS, name=GUEST.name),
        targets=(target("User", GUEST.id, GUEST.name) | {"userPrincipalName": GUEST.upn},),
        shape=Shape.OF_2022,
    )
    state = changed("UserState", ["PendingAcceptance"], ["Accepted"])
    since = changed("UserStateChangedOn", [stamp(added)], [stamp(accepted)])
    yield AuditRecord(
        label="guest/state",
        at=accepted + timedelta(milliseconds=300),
        activity="Update user",
        by=cast.ACCEPTANCE,
        targets=(GUEST.as_target(state, since, included("UserState", "UserStateChangedOn")),),
        details=(("UserType", "Guest"),),
    )
