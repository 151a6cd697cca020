"""The story of the day, act by act, in order of time (UTC; local time is five hours behind)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from samples import cast, migration, policies
from samples.acts import Act, Expect
from samples.credentials import reset_by_admin
from samples.joiners import creation, settling_in
from samples.noise import membership
from samples.office import activation
from samples.policies import Delivery, Edit, Shelf
from samples.records import (
    AuditRecord,
    Initiator,
    Object,
    changed,
    guid,
    included,
    moment,
    target,
)

CUT_OFF_AFTER = 700
"""Bytes of the message body that a forwarder lets through before it cuts the rest off."""


def acts() -> tuple[Act, ...]:
    """Tell the whole story."""
    return tuple(_tell(Shelf()))


def _tell(shelf: Shelf) -> Iterator[Act]:
    yield _physician()
    yield _reapplied(shelf)
    yield _analyzer_leaves()
    yield _cut_off()
    yield _vendor_joins()
    yield migration.members_added()
    yield migration.method_added()
    yield migration.policy_created(shelf)
    yield _time_unreadable()
    yield _hole_opened(shelf)
    yield _hole_closed(shelf)
    yield migration.policy_enabled(shelf)
    yield migration.excluded_from_legacy(shelf)
    yield _drill()
    yield _renamed(shelf)
    yield _redundant_deleted(shelf)
    yield _report_only_excluded(shelf)
    yield _intruder_joins()
    yield _repointed()


def _physician() -> Act:
    who, at = cast.PHYSICIAN, moment("05:34:11")
    herself = who.as_target() | {"displayName": who.name}
    password = AuditRecord(
        label="physician/password",
        at=moment("12:10:37"),
        activity="Change user password",
        by=Initiator(user_id=who.id, upn=who.upn),
        targets=(who.as_target(),),
    )
    started = AuditRecord(
        label="physician/started",
        at=moment("12:13:02"),
        activity="User started security info registration",
        service="Authentication Methods",
        by=who.acting(),
        targets=(herself,),
        reason="User started the registration for Authenticator App",
    )
    echo = AuditRecord(
        label="physician/echo",
        at=moment("12:13:04"),
        activity="User registered security info",
        service="Authentication Methods",
        operation="ServiceApi",
        by=who.acting(),
        targets=(herself,),
        reason="User registered security info",
    )
    made = creation(who, at, cast.HR)
    return Act(
        id="new-physician",
        title="A new physician never registers a method",
        description=(
            "The nightly HR run creates her account. At noon she sets her own password and starts "
            "to register an authenticator, is called away and never ends it; the back-end echo "
            "proves nothing. Her 24 hours end at 05:34 UTC the next morning."
        ),
        due=2,
        expect=Expect.ALARM,
        rule="account-without-method",
        severity="medium",
        object_id=who.id,
        text=who.upn,
        records=(made, *settling_in(who, at, cast.HR), password, started, echo),
    )


def _reapplied(shelf: Shelf) -> Act:
    written = (
        (policies.ALL_USERS, "05:41:07"),
        (policies.LEGACY_CLIENTS, "05:41:10"),
        (policies.DEVICE, "05:41:14"),
        (policies.OLD_DUO, "05:41:18"),
        (policies.ADMINS, "05:41:21"),
        (policies.AZURE, "05:41:25"),
    )
    records: list[AuditRecord] = []
    for policy, clock in written:
        edit = Edit(f"reapplied/{policy}", moment(clock), cast.PIPELINE)
        records += shelf.update(policy, edit, _turn_exclusions)
    return Act(
        id="policies-reapplied",
        title="The policy pipeline writes six policies again",
        description=(
            "Every Tuesday the policies are written again from their repository. Nothing changes "
            "but the order of two excluded accounts. From here on the policies are known whole."
        ),
        due=2,
        expect=Expect.SILENT,
        records=tuple(records),
    )


def _turn_exclusions(body: Object) -> None:
    body["conditions"]["users"]["excludeUsers"].reverse()


def _analyzer_leaves() -> Act:
    left = AuditRecord(
        label="analyzer/leaves",
        at=moment("06:02:11"),
        activity="Remove member from group",
        category="GroupManagement",
        operation="Unassign",
        by=cast.HR,
        targets=membership(cast.ANALYZER_ACCOUNT, cast.ANALYZERS, joins=False),
    )
    return Act(
        id="excluded-group-left",
        title="A retired analyzer's account leaves the group that CA001 excludes",
        description="From now on CA001 asks this account for MFA: a strengthening.",
        due=4,
        expect=Expect.SILENT,
        object_id=cast.ANALYZERS.id,
        records=(left,),
    )


def _cut_off() -> Act:
    device = target("Device", guid("device/LKS-WS-1999"), "LKS-WS-1999")
    record = AuditRecord(
        label="cut-off",
        at=moment("11:20:16"),
        activity="Update device",
        category="Device",
        by=cast.INTUNE,
        targets=(device,),
    )
    return Act(
        id="body-cut-off",
        title="A message body ends in the middle of a record",
        description=f"A forwarder passes on {CUT_OFF_AFTER} bytes of a body and drops the rest.",
        due=2,
        expect=Expect.QUARANTINE,
        records=(record,),
    )


def _vendor_joins() -> Act:
    joined = AuditRecord(
        label="vendor/joins",
        at=moment("12:58:20"),
        activity="Add member to group",
        category="GroupManagement",
        operation="Assign",
        by=cast.COLIN.in_portal(),
        targets=membership(cast.VENDOR, cast.VENDORS, joins=True),
    )
    return Act(
        id="vendor-joins-group",
        title="A technician joins the imaging vendors' group",
        description="No policy names the group before 15:12.",
        due=4,
        expect=Expect.SILENT,
        object_id=cast.VENDORS.id,
        records=(joined,),
    )


def _time_unreadable() -> Act:
    who = cast.STAFF[3]
    record = AuditRecord(
        label="time-unreadable",
        at=moment("14:10:51"),
        activity="User registered security info",
        service="Authentication Methods",
        operation="Add",
        by=who.acting(),
        targets=(who.as_target() | {"displayName": who.name},),
        reason="User registered Authenticator App with Notification and Code",
        time_text="2026-09-15T14:1O:5l",
    )
    return Act(
        id="time-unreadable",
        title="A record in a healthy envelope has no readable time",
        description="Letters stand where digits should: the envelope is fine, one record is not.",
        due=2,
        expect=Expect.QUARANTINE,
        records=(record,),
    )


def _hole_opened(shelf: Shelf) -> Act:
    def exclude(body: Object) -> None:
        users = body["conditions"]["users"]
        users["excludeGroups"].append(cast.VENDORS.id)
        users["excludeUsers"].append(cast.PACS.id)

    edit = Edit("hole/opened", moment("15:12:33"), cast.COLIN.in_portal(), Delivery.TWIN_LATER)
    return Act(
        id="hole-opened",
        title="Imaging vendors are excluded from the policy for all users",
        description=(
            "A scanner is down and the vendors cannot sign in. The service desk excludes the group "
            f"{cast.VENDORS.name} and the account {cast.PACS.upn} from CA001. No other policy asks "
            "them for MFA: they get in everywhere with a password."
        ),
        due=2,
        expect=Expect.ALARM,
        rule="ca-weakened",
        severity="high",
        object_id=policies.ALL_USERS,
        text=cast.VENDORS.id,
        records=shelf.update(policies.ALL_USERS, edit, exclude),
    )


def _hole_closed(shelf: Shelf) -> Act:
    def include(body: Object) -> None:
        users = body["conditions"]["users"]
        users["excludeGroups"].remove(cast.VENDORS.id)
        users["excludeUsers"].remove(cast.PACS.id)

    edit = Edit("hole/closed", moment("15:53:46"), cast.PRIYA.in_portal(), Delivery.TWIN_EARLIER)
    return Act(
        id="hole-closed",
        title="The security officer takes the exclusion back",
        description="Forty-one minutes later. A strengthening, though exclusions were edited.",
        due=2,
        expect=Expect.SILENT,
        object_id=policies.ALL_USERS,
        records=shelf.update(policies.ALL_USERS, edit, include),
    )


def _drill() -> Act:
    account = cast.EMERGENCY[0]
    opened = reset_by_admin(account, cast.PRIYA, moment("18:02:15"), "drill/opened")
    cut = changed("StsRefreshTokensValidFrom", ["2026-03-17T18:31:02Z"], ["2026-09-15T18:26:40Z"])
    revoked = AuditRecord(
        label="drill/revoked",
        at=moment("18:26:40"),
        activity="Update user",
        by=cast.PRIYA.in_portal(),
        targets=(account.as_target(cut, included("StsRefreshTokensValidFrom")),),
        details=(("UserType", "Member"),),
    )
    sealed = reset_by_admin(account, cast.PRIYA, moment("18:31:09"), "drill/sealed")
    return Act(
        id="break-glass-drill",
        title="The half-yearly break-glass drill",
        description=(
            "The security officer resets the password of Emergency Access 1, signs in with it, "
            "ends its sessions and seals a new password. Quiet because the drill was declared; "
            "undeclared it is critical."
        ),
        due=4,
        expect=Expect.SILENT,
        needs="declared drill",
        object_id=account.id,
        records=(*opened, revoked, *sealed),
    )


def _renamed(shelf: Shelf) -> Act:
    name = "CA003 - Require managed device - Windows and Office 365"
    edit = Edit("renamed", moment("19:20:38"), cast.DARREN.in_portal(), Delivery.TWIN_LATER)
    return Act(
        id="policy-renamed",
        title="A policy gets a better name",
        description="CA003 is renamed and nothing else.",
        due=2,
        expect=Expect.SILENT,
        object_id=policies.DEVICE,
        records=shelf.update(policies.DEVICE, edit, lambda body: body.update(displayName=name)),
    )


def _redundant_deleted(shelf: Shelf) -> Act:
    edit = Edit("redundant", moment("20:15:41"), cast.MARTA.in_portal(), Delivery.POLICY_FIRST)
    return Act(
        id="redundant-policy-deleted",
        title="A policy that another one makes needless is deleted",
        description=(
            "CA021 asked two roles for MFA in the admin portals; CA020 asks four roles, those two "
            "among them, for MFA everywhere and excludes nobody else."
        ),
        due=3,
        expect=Expect.SILENT,
        object_id=policies.ADMIN_PORTALS,
        records=shelf.delete(policies.ADMIN_PORTALS, edit),
    )


def _report_only_excluded(shelf: Shelf) -> Act:
    def exclude(body: Object) -> None:
        body["conditions"]["users"]["excludeGroups"].append(cast.ORDINARY_GROUPS[4].id)

    edit = Edit("report-only", moment("21:05:17"), cast.DARREN.in_portal())
    return Act(
        id="report-only-exclusion",
        title="A group is excluded from a report-only policy",
        description="CA040 enforces nothing yet, so nobody's sign-in changes.",
        due=2,
        expect=Expect.SILENT,
        object_id=policies.AZURE,
        records=shelf.update(policies.AZURE, edit, exclude),
    )


def _intruder_joins() -> Act:
    thief = replace(cast.DARREN.in_portal(), ip=cast.INTRUDER_IP)
    role = ("Authentication Policy Administrator", "0526716b-113d-4c15-b2c8-68e3c22b9f80")
    taken = {"at": moment("02:05:08", 16), "lag": timedelta(seconds=90)}
    person = Initiator(cast.DARREN.id, cast.DARREN.upn, cast.INTRUDER_IP, name=cast.DARREN.name)
    joined = AuditRecord(
        label="intruder/joins",
        at=moment("02:17:26", 16),
        activity="Add member to group",
        category="GroupManagement",
        operation="Assign",
        by=thief,
        targets=membership(cast.DARREN, cast.ANALYZERS, joins=True),
    )
    return Act(
        id="excluded-group-joined",
        title="An intruder adds himself to a group that CA001 excludes",
        description=(
            "With a stolen session of an identity engineer he takes up a role and adds the account "
            f"to {cast.ANALYZERS.name}. No policy is touched, yet the account no longer needs MFA."
        ),
        due=4,
        expect=Expect.ALARM,
        rule="group-membership-weakened",
        severity="high",
        object_id=cast.ANALYZERS.id,
        text=cast.DARREN.upn,
        records=(*activation(cast.DARREN, role, "intruder/role", taken | {"by": person}), joined),
    )


def _repointed() -> Act:
    thief = replace(cast.DARREN.in_portal(), ip=cast.INTRUDER_IP)
    versions = (
        [migration.external_mfa(migration.CLEAN_DISCOVERY)],
        [migration.external_mfa(migration.HOSTILE_DISCOVERY)],
    )
    return Act(
        id="external-mfa-repointed",
        title="The External MFA provider is repointed to another host",
        description=(
            "The intruder changes the discovery URL of the pilot's provider: whoever answers there "
            "can say yes to every second factor."
        ),
        due=4,
        expect=Expect.ALARM,
        rule="external-mfa-repointed",
        severity="critical",
        object_id="authenticationMethodsPolicy",
        text=migration.HOSTILE_DISCOVERY,
        records=(migration.methods_policy("intruder/repoint", "02:41:13", 16, thief, versions),),
    )
