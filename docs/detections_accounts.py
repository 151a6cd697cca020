"""Groups F to I of the matrix: accounts, privilege, sign-ins and the evidence itself."""

from docs.detections_row import AZURE, Detection, missed, pending

NO_METHOD = ("account-without-method",)
SIGN_INS = "not read: sign-in logs"

ACCOUNTS = (
    Detection("F1", "a new account has no method at its deadline", "NONE", NO_METHOD),
    Detection(
        "F2",
        "a role goes to an account without a method",
        "posture: CIPP, Maester",
        ("role-without-method",),
        "accounts created since the stream began, or whose last method went since",
    ),
    Detection(
        "F3",
        "an account that never enrolled is enabled or restored",
        "NONE",
        NO_METHOD,
        "accounts seen created; a guest who becomes a member gets no deadline",
    ),
    missed(
        "F4",
        "SMS or voice is the only method",
        "posture: Maester, Prowler",
        "waits for a live Graph read; weak methods opened for the tenant are told (E3)",
    ),
    pending(
        "F5",
        "External MFA is the only method, and it goes",
        "NONE",
        ("external-mfa-removed", "external-mfa-retargeted", "external-mfa-app-changed"),
        "the event is told; who has no other method has to be read",
    ),
    pending(
        "F6",
        "a registered method is no longer allowed",
        "posture: CIPP",
        ("strong-method-removed", "external-mfa-removed", "external-mfa-retargeted"),
        "the event is told; who has registered what has to be read",
    ),
    Detection(
        "F7",
        "somebody deletes their own method",
        "Elastic, Splunk",
        ("security-info-deleted", "last-method-gone"),
    ),
    Detection(
        "F8",
        "an administrator deletes or resets somebody's methods",
        "Sentinel",
        ("security-info-deleted", "last-method-gone"),
    ),
    Detection(
        "F9",
        "an administrator registers a method for somebody",
        "Elastic and Sigma, proposed only",
        ("admin-registered-method",),
    ),
    Detection(
        "F10",
        "a Temporary Access Pass is issued",
        "Elastic, Sigma, Sentinel, CIPP",
        ("temporary-access-pass-issued",),
    ),
    missed(
        "F11",
        "a method is registered in a risky session",
        "Sentinel",
        "the risk of a session stands in the sign-in and risk logs, which are not read",
    ),
    missed(
        "F12",
        "one phone number serves several people",
        "reprise99 hunting",
        "numbers are masked before they are kept",
    ),
    Detection(
        "F13",
        "a method changes, and only `Update user` tells it",
        "Splunk and Sentinel miss it",
        ("last-method-gone", "default-method-weakened"),
        "an emptied list, the last app of an account that was seen to have nothing else, and a "
        "weaker default are told; one method or device more or fewer moves the enrolment clock at "
        "most",
    ),
    Detection("F14", "an app password is created", "NONE", ("app-password-created",)),
    Detection(
        "F15",
        "the default method becomes a weaker one",
        "NONE",
        ("default-method-weakened",),
        "where the record names the method",
    ),
    Detection(
        "F16",
        "guests have no method",
        "posture: Zero Trust Assessment",
        NO_METHOD,
        "with `guests = true` in `[enrolment]`; off by default, because guests are many",
    ),
    missed(
        "F17",
        "software signs in as a user without MFA",
        "NONE",
        "which accounts those are is in the sign-in logs; one that is declared in `[[exemptions]]` "
        "comes to its end by `exemption-expired`",
    ),
    missed(
        "F18",
        "shared, kiosk and shift accounts",
        "NONE",
        "nothing in a record tells them from others; an exemption can be declared for each",
    ),
    missed(
        "F19",
        "an account never enrolled and never signed in",
        "posture: Zero Trust Assessment",
        "sign-in logs are not read; one seen created is told at its deadline (F1)",
    ),
    Detection(
        "F20",
        "an account is created and deleted within a day",
        "Sentinel, Sigma",
        ("account-short-lived",),
        "info when it is undone within ten minutes and unused",
    ),
)

PRIVILEGE = (
    Detection(
        "G1",
        "PIM no longer demands MFA, a context or approval",
        "NONE by meaning; any-change: Sentinel, Sigma, Elastic",
        ("pim-setting-weakened",),
        "read pending where the record does not show what changed; a justification is not judged",
    ),
    Detection(
        "G2",
        "a privileged role is given outside of PIM",
        "Sentinel, Sigma, Panther, Elastic",
        ("role-outside-pim",),
        "one given for good in PIM too",
    ),
    Detection(
        "G3",
        "a privileged role goes to an account without MFA",
        "posture: CIPP, Maester",
        ("role-without-method",),
        "see F2",
    ),
    Detection(
        "G4",
        "a PIM alert is disabled or dismissed",
        "Sigma; posture: Zero Trust Assessment",
        ("pim-alert-disabled",),
        "a raised threshold is not judged; settings that the record does not show are read pending",
    ),
    Detection(
        "G5",
        "somebody elevates their access to all of Azure",
        "Elastic, Sigma, Panther",
        ("elevate-access",),
    ),
    Detection(
        "G6",
        "an application gets a permission to change who needs MFA",
        "NONE for these permissions",
        ("policy-permission-granted",),
    ),
    Detection(
        "G7",
        "such an application gets a credential",
        "NONE joined to the permission",
        ("credential-added-to-policy-app",),
    ),
    missed("G8", "an emergency-access account signs in", "Bert-JanP hunting", SIGN_INS),
    Detection(
        "G9",
        "an emergency-access account is changed",
        "Sentinel hunting, by a list",
        ("emergency-account-touched",),
        "for the accounts confirmed in monitor.toml",
    ),
    missed(
        "G10",
        "an emergency-access account was not used or tried for 90 days",
        "posture: Zero Trust Assessment",
        SIGN_INS,
    ),
    Detection(
        "G11",
        "an exclusion group loses its protection",
        "posture: Zero Trust Assessment",
        ("protection-removed-from-deciding-group",),
        "when it leaves its restricted unit; a unit that is deleted is not judged",
    ),
)

SIGN_IN = (
    missed("H1", "one factor was enough where MFA was due", "Splunk, Elastic, Sentinel", SIGN_INS),
    missed("H2", "no policy applied after a change", "posture: Maester", SIGN_INS),
    missed("H3", "external challenges fail in a burst after a change", "NONE", SIGN_INS),
    missed("H4", "prompts are denied or repeated", "all", SIGN_INS),
)

EVIDENCE = (
    missed("I1", "an Azure Monitor diagnostic setting is deleted", "Elastic, Panther", AZURE),
    Detection(
        "I2",
        "Entra's own diagnostic setting no longer sends audit logs",
        "NONE",
        ("stream-silent",),
        "by its effect: Entra writes no record of the change itself",
    ),
    Detection(
        "I3",
        "the Event Hub or its key goes",
        "Elastic, Panther",
        ("stream-silent",),
        f"by its effect; of the act itself, {AZURE}",
    ),
    Detection(
        "I4",
        "the stream is silent, late, has gaps, or a change never came",
        "NONE",
        ("stream-silent", "records-late", "gap-open", "records-lost", "unseen-change"),
    ),
    missed(
        "I5",
        "the store is no longer immutable",
        "Panther",
        f"{AZURE}; `mfa-monitor verify` finds what was edited",
    ),
    Detection(
        "I6",
        "a record has an unknown or broken shape",
        "NONE",
        ("change-not-understood", "schema-drift"),
        "a single record that cannot be read is in quarantine",
    ),
    Detection(
        "I7",
        "two records tell one act",
        "Elastic, proposed only",
        ("admin-registered-method", "temporary-access-pass-issued", "app-password-created"),
        "not a weakening: they make one finding",
    ),
)

ACCOUNT_ROWS = (*ACCOUNTS, *PRIVILEGE, *SIGN_IN, *EVIDENCE)
