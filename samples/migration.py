"""A pilot group moves from the legacy Duo custom control to External MFA, in the official steps.

The payload of "Authentication Methods Policy Update" is not taken from a real record: none was
found. Its form follows Microsoft's note of March 2026 (only the changed property, old and new) with
Graph's names inside.
"""

from collections.abc import Sequence

from samples import cast, policies
from samples.acts import Act, Expect
from samples.noise import membership
from samples.policies import Delivery, Edit, Shelf
from samples.records import AuditRecord, Initiator, Object, changed, guid, moment, target

CLEAN_DISCOVERY = "https://eam.duo-provider.example/.well-known/openid-configuration"
HOSTILE_DISCOVERY = "https://eam-duo.example.net/.well-known/openid-configuration"
PILOT_NURSES = cast.STAFF[20:24]


def external_mfa(discovery: str) -> Object:
    """Return the provider's configuration in Graph's words (externalAuthenticationMethod...)."""
    return {
        "@odata.type": "#microsoft.graph.externalAuthenticationMethodConfiguration",
        "id": guid("external-mfa"),
        "state": "enabled",
        "displayName": "Duo",
        "appId": guid("app/duo"),
        "openIdConnectSetting": {"clientId": guid("client/duo"), "discoveryUrl": discovery},
        "excludeTargets": [],
        "includeTargets": [
            {"targetType": "group", "id": cast.PILOT.id, "isRegistrationRequired": False}
        ],
    }


def methods_policy(
    label: str, clock: str, day: int, by: Initiator, versions: Sequence[Sequence[Object]]
) -> AuditRecord:
    """The form of since April 2026: only the changed property, and of it the changed method."""
    old, new = ({"authenticationMethodConfigurations": list(methods)} for methods in versions)
    name = "AuthenticationMethodsPolicy"
    return AuditRecord(
        label=label,
        at=moment(clock, day),
        activity="Authentication Methods Policy Update",
        service="Authentication Methods",
        category="ApplicationManagement",
        by=by,
        targets=(target("Policy", "authenticationMethodsPolicy", None, changed(name, old, new)),),
    )


def members_added() -> Act:
    """Before the steps: the nurses join the group."""
    records = [
        AuditRecord(
            label=f"pilot/member/{number}",
            at=moment(f"13:05:{10 + 4 * number}"),
            activity="Add member to group",
            category="GroupManagement",
            operation="Assign",
            by=cast.MARTA.in_portal(),
            targets=membership(nurse, cast.PILOT, joins=True),
        )
        for number, nurse in enumerate(PILOT_NURSES)
    ]
    return Act(
        id="pilot-members-added",
        title="Four nurses join the External MFA pilot group",
        description="No policy names the group yet.",
        due=4,
        expect=Expect.SILENT,
        object_id=cast.PILOT.id,
        records=tuple(records),
    )


def method_added() -> Act:
    """First step: External MFA, for the pilot group only."""
    added: tuple[list[Object], list[Object]] = ([], [external_mfa(CLEAN_DISCOVERY)])
    return Act(
        id="pilot-method-added",
        title="External MFA is added for the pilot group",
        description=(
            "First official step away from the legacy custom control: the provider is added as an "
            "external method, enabled for the pilot group. Approved in monitor.toml it is no more "
            "than information; without an approval it is a new trust anchor."
        ),
        due=4,
        expect=Expect.SILENT,
        needs="approved external MFA provider",
        object_id="authenticationMethodsPolicy",
        records=(methods_policy("pilot/method", "13:20:29", 15, cast.MARTA.in_portal(), added),),
    )


def policy_created(shelf: Shelf) -> Act:
    """Second step: the new policy, report-only."""
    edit = Edit("pilot/policy", moment("13:32:48"), cast.MARTA.in_portal(), Delivery.TWIN_EARLIER)
    return Act(
        id="pilot-policy-created",
        title="The pilot's own policy is created report-only",
        description="Second step: a policy that asks the pilot group for MFA, enforced by nobody.",
        due=3,
        expect=Expect.SILENT,
        object_id=policies.NEW_DUO,
        records=shelf.add(policies.PILOT_POLICY, edit),
    )


def policy_enabled(shelf: Shelf) -> Act:
    """Third step: the new policy, enforced."""
    edit = Edit("pilot/enabled", moment("16:40:22"), cast.MARTA.in_portal())
    return Act(
        id="pilot-policy-enabled",
        title="The pilot's policy is enabled",
        description="Third step: for a while the nurses answer two prompts.",
        due=3,
        expect=Expect.SILENT,
        object_id=policies.NEW_DUO,
        records=shelf.update(policies.NEW_DUO, edit, lambda body: body.update(state="enabled")),
    )


def excluded_from_legacy(shelf: Shelf) -> Act:
    """Fourth step: the old policy lets the pilot group go."""

    def exclude(body: Object) -> None:
        body["conditions"]["users"]["excludeGroups"].append(cast.PILOT.id)

    edit = Edit("pilot/excluded", moment("17:10:54"), cast.MARTA.in_portal(), Delivery.POLICY_FIRST)
    return Act(
        id="pilot-excluded-from-legacy",
        title="The pilot group is excluded from the legacy Duo policy",
        description=(
            "Fourth step. It looks like a hole and is none: CA050 asks the whole pilot group for "
            "MFA, which is stronger than the legacy control."
        ),
        due=3,
        expect=Expect.SILENT,
        object_id=policies.OLD_DUO,
        records=shelf.update(policies.OLD_DUO, edit, exclude),
    )
