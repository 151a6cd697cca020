"""Groups A to D of the matrix: Conditional Access policies."""

from docs.detections_row import Detection, missed, pending

CA = ("ca-weakened",)
LOOSER = ("ca-control-loosened",)
GROUP = ("group-membership-weakened",)

LIFE = (
    Detection("A1", "an enabled policy is disabled", "Sentinel; any-change elsewhere", CA),
    Detection("A2", "an enabled policy goes to report-only", "Sentinel", CA),
    missed(
        "A3",
        "a report-only policy is disabled",
        "NONE",
        "on purpose: nothing was enforced before it, so it is entered and no finding",
    ),
    Detection("A4", "a policy is deleted", "Sentinel, Sigma", CA),
    Detection(
        "A5",
        "a deleted policy comes back without being enforced",
        "NONE",
        ("policy-restored-unenforced",),
        "where its deletion was seen and weakened",
    ),
    Detection(
        "A6",
        "a new policy loosens sessions or locks out",
        "any-change",
        ("ca-control-loosened", "lock-out"),
        "its grant controls can only restrict, as all policies add up",
    ),
    missed(
        "A7",
        "a policy is edited while it is off or report-only",
        "any-change",
        "on purpose: nobody's sign-in changes, so it is entered and no finding",
    ),
    Detection(
        "A8",
        "a change out of hours, or by somebody who is not expected",
        "Sentinel",
        ("ca-weakened", "ca-control-loosened"),
        "said in the details of every finding about an act (business hours, declared window); an "
        "actor seen for the first time is not noticed",
    ),
    Detection(
        "A9",
        "a change by an application instead of a person",
        "NONE",
        ("ca-weakened", "ca-control-loosened"),
        "the initiator is named and the details of every finding say `by an application`",
    ),
    missed(
        "A10",
        "a policy managed by Microsoft appears or changes",
        "NONE",
        "what it does is judged like any other change (`ca-strengthened`, `lock-out`); that "
        "Microsoft wrote it shows only in the initiator, and in report-only it is no finding",
    ),
    missed(
        "A11",
        "a protected action no longer asks for a step-up",
        "posture: Zero Trust Assessment",
        "no activity that is watched tells it; the deletion of its authentication context is told",
    ),
)

PEOPLE = (
    Detection("B1", "a user is excluded", "Sentinel, also when one is taken off", CA),
    Detection("B2", "a group is excluded", "Sentinel, also when one is taken off", CA),
    Detection("B3", "a role is excluded", "Sentinel, also when one is taken off", CA),
    Detection("B4", "guests or other external users are excluded", "NONE", CA),
    Detection("B5", "fewer users, groups or roles are included", "NONE", CA),
    Detection("B6", "a policy for all users becomes one for guests or nobody", "NONE", CA),
    Detection("B7", "somebody joins an excluded group", "CIPP, by the group's name", GROUP),
    Detection("B8", "somebody leaves an included group", "Sigma, for any group", GROUP),
    pending(
        "B9",
        "the rule of a dynamic group that policies name is edited",
        "Sentinel, by a list kept by hand",
        ("dynamic-rule-edited",),
        "whom the rule takes in",
    ),
    Detection("B10", "a group is nested in an excluded group", "NONE", GROUP),
    Detection(
        "B11",
        "an attribute changes, and a dynamic rule now takes the user in",
        "NONE",
        GROUP,
        "by the membership the directory records then; the attribute itself is not read",
    ),
    Detection(
        "B12",
        "a group that policies name is deleted or restored",
        "NONE",
        GROUP,
        "possible: who is in a restored group is not in the record",
    ),
    Detection(
        "B13",
        "an account turns from member to guest, or back",
        "Elastic, Sigma",
        ("account-type-weakened",),
    ),
    Detection(
        "B14",
        "a role is given to somebody whom no policy asks for MFA",
        "Sentinel; posture: CIPP",
        ("privileged-role-outside-mfa-scope",),
        "privileged roles, where a baseline or a policy for everyone is known and the hole is "
        "certain; a gap at one place or resource alone is shown by `mfa-monitor ask`",
    ),
    Detection("B15", "fewer workload identities are included", "NONE", CA, "low: they have no MFA"),
    missed(
        "B16",
        "no policy covers a user and an application",
        "posture: Maester, entra-ca-insight",
        "a state, not an event: `mfa-monitor ask` answers it; a change that opens such a hole is "
        "told by the rules above",
    ),
    Detection(
        "B17",
        "an emergency-access account is reached by a policy, disabled or deleted",
        "posture: Maester, Prowler, Zero Trust Assessment",
        ("lock-out", "emergency-account-touched"),
        "for the accounts confirmed in monitor.toml; their licences are not judged",
    ),
)

CONDITIONS = (
    Detection("C1", "fewer resources are included, or none", "NONE", CA),
    Detection("C2", "a resource is excluded", "Sentinel, also when one is taken off", CA),
    Detection(
        "C3",
        "an application filter is added",
        "NONE",
        CA,
        "possible; the attribute of an application, when it changes, is not read",
    ),
    Detection("C4", "registering methods or devices is no longer covered", "NONE", CA),
    Detection(
        "C5",
        "an authentication context leaves its policy, or is deleted or unpublished",
        "NONE",
        ("ca-weakened", "authentication-context-deleted"),
    ),
    Detection("C6", "a location is excluded", "NONE", CA),
    Detection("C7", "a policy for all locations becomes one for some", "NONE", CA),
    Detection("C8", "a named location changes", "any-change", CA, "where a policy hangs on it"),
    Detection("C9", "a location that frees from MFA is trusted or widened", "NONE", CA),
    Detection(
        "C10",
        "trusted IPs are added in the MFA service",
        "Splunk, IPv4 only",
        ("mfa-service-setting-weakened",),
    ),
    Detection("C11", "a device platform is excluded", "Sentinel", CA),
    Detection("C12", "a policy for all platforms becomes one for some", "NONE", CA),
    Detection("C13", "fewer client types are covered, so legacy ones get in", "NONE", CA),
    Detection("C14", "MFA always becomes MFA at a risk", "NONE", CA),
    Detection("C15", "a device filter or device state takes sign-ins out", "NONE", CA),
    Detection("C16", "a flow is singled out, or the block of device code falls", "NONE", CA),
    Detection(
        "C17",
        "insider risk or a condition nobody knows yet is added",
        "NONE",
        ("ca-weakened", "change-not-understood"),
    ),
)

CONTROLS = (
    Detection("D1", "MFA leaves the grant controls", "Panther, also when a strength comes", CA),
    Detection("D2", "MFA is replaced by a device, terms or a new password", "Panther", CA),
    Detection("D3", "another control may stand in for MFA", "NONE", CA),
    Detection("D4", "all controls becomes one of the controls", "NONE", CA),
    Detection("D5", "an authentication strength goes, or a weaker one comes", "NONE", CA),
    Detection(
        "D6",
        "the definition of a strength is loosened",
        "NONE",
        ("strength-weakened", "change-not-understood"),
        "restrictions of a combination (models of keys, issuers) are told as not understood",
    ),
    Detection(
        "D7",
        "a strength is demanded of people who have External MFA only",
        "NONE",
        ("lock-out",),
        "where `[external_mfa] only` lists them, or the methods policy leaves nothing else",
    ),
    Detection(
        "D8",
        "a retired custom control goes, or a policy still relies on it",
        "NONE",
        ("ca-weakened", "custom-control-leftover"),
        "the latter when the policy changes",
    ),
    Detection("D9", "the sign-in frequency goes or is lengthened", "NONE", LOOSER),
    Detection("D10", "browser sessions persist", "NONE", LOOSER),
    Detection(
        "D11",
        "continuous access evaluation is switched off, in a policy or for the tenant",
        "NONE",
        ("ca-control-loosened", "continuous-access-evaluation-off"),
        "what the tenant's record shows is not known; one that shows nothing is read pending",
    ),
    Detection("D12", "resilience defaults are allowed again", "NONE", LOOSER),
    Detection("D13", "token protection goes", "NONE", LOOSER),
    Detection("D14", "a block goes, or lets in on conditions", "NONE", CA),
    Detection("D15", "terms of use are all that is left", "NONE", CA),
    Detection(
        "D16",
        "a custom control or terms of use are exchanged for others",
        "NONE",
        ("custom-control-repointed", "ca-control-loosened"),
        "other terms of use are told as the loss of the old ones",
    ),
)

POLICY_ROWS = (*LIFE, *PEOPLE, *CONDITIONS, *CONTROLS)
