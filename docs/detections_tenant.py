"""Group E of the matrix: settings of the tenant."""

from docs.detections_row import AZURE, Detection, missed, pending

MFA_SERVICE = ("mfa-service-setting-weakened",)

TENANT_ROWS = (
    Detection("E1", "security defaults are disabled", "NONE", ("security-defaults-disabled",)),
    Detection(
        "E2",
        "per-user MFA is switched off",
        "Elastic, Sigma, Splunk, Panther",
        ("per-user-mfa-disabled",),
        "info where Conditional Access still asks for MFA",
    ),
    Detection(
        "E3",
        "SMS, voice or e-mail is opened, or opened to more",
        "Sigma: any-change",
        ("weaker-method-enabled",),
    ),
    Detection(
        "E4",
        "number matching or context is off, software codes are on",
        "NONE",
        ("authenticator-weakened", "weaker-method-enabled"),
    ),
    Detection(
        "E5", "the registration campaign is weakened", "NONE", ("registration-campaign-weakened",)
    ),
    Detection("E6", "system-preferred MFA is off", "NONE", ("method-safeguard-off",)),
    Detection(
        "E7",
        "the migration of methods goes back, or their policy is reset",
        "NONE",
        ("methods-migration-moved-back", "methods-policy-reset"),
        "what is open after a reset is read pending",
    ),
    Detection(
        "E8",
        "an External MFA provider is added",
        "Elastic, from Graph activity logs, by a code that updates do not have",
        ("external-mfa-added",),
    ),
    Detection("E9", "its discovery URL is repointed", "Panther", ("external-mfa-repointed",)),
    Detection(
        "E10", "its application or client id is repointed", "NONE", ("external-mfa-repointed",)
    ),
    Detection(
        "E11",
        "a provider is disabled, removed or reaches fewer people",
        "NONE",
        ("external-mfa-removed", "external-mfa-retargeted"),
    ),
    Detection(
        "E12",
        "the application behind a provider goes, is disabled or gets a credential",
        "NONE",
        ("external-mfa-app-changed",),
    ),
    missed(
        "E13",
        "Duo itself: bypass, bypass codes, its policy",
        "Panther, Sigma, Splunk",
        "it happens at Duo, outside the Entra audit stream",
    ),
    Detection(
        "E14", "Temporary Access Pass is loosened", "NONE", ("temporary-access-pass-loosened",)
    ),
    Detection(
        "E15",
        "passkeys or certificates are checked less, or an authority is trusted",
        "Sigma, for an authority",
        (
            "fido2-attestation-off",
            "certificate-method-weakened",
            "trusted-certificate-authority-changed",
        ),
        "which authority it is has to be read",
    ),
    pending(
        "E16",
        "a federated identity provider's MFA is accepted",
        "NONE by meaning; any-change: Sentinel, Elastic, Sigma, Splunk, Panther",
        ("federation-changed",),
        "no record shows `federatedIdpMfaBehavior`",
    ),
    Detection("E17", "a domain becomes federated", "Sentinel, Splunk", ("federation-changed",)),
    Detection(
        "E18",
        "MFA of other organisations is trusted",
        "NONE by meaning; any-change: Sentinel, Splunk; posture: CIPP",
        ("cross-tenant-mfa-trust",),
        "trust in their devices is not judged",
    ),
    Detection(
        "E19",
        "guests may do or invite more",
        "Splunk; posture: ScubaGear",
        ("guest-settings-loosened",),
    ),
    Detection(
        "E20",
        "a risk or registration policy changes",
        "Sigma: any-change",
        ("risk-policy-changed",),
        "read pending where the record does not show what changed",
    ),
    Detection(
        "E21",
        "devices are remembered longer, app passwords allowed, fraud reports off, caller bypassed",
        "NONE",
        MFA_SERVICE,
        "`Set Company Information` often shows nothing, and then nothing is told",
    ),
    Detection("E22", "a one-time bypass, or a block lifted", "NONE", MFA_SERVICE),
    Detection(
        "E23",
        "self-service password reset asks for less",
        "NONE",
        ("self-service-reset-weakened",),
        "read pending where the record does not show what changed",
    ),
    Detection(
        "E24",
        "registering devices needs no MFA",
        "NONE",
        ("device-registration-mfa-off",),
        "read pending where the record does not show what changed",
    ),
    pending(
        "E25",
        "mandatory MFA of the portals is postponed",
        "NONE",
        ("elevate-access",),
        f"the first step is told; the role at Microsoft.PortalServices is not: {AZURE}",
    ),
    pending(
        "E26",
        "the licence of Conditional Access is lost",
        "posture: CIPP, Maester",
        ("licence-subscription-deleted",),
        "which licences a deleted subscription held; one that runs out is not told",
    ),
    Detection(
        "E27",
        "legacy authentication gets in again",
        "Elastic, Sigma and Panther, at the sign-in",
        ("ca-weakened", "security-defaults-disabled"),
        "as far as policies decide it; SMTP AUTH is a setting of Exchange, not in this stream",
    ),
    Detection(
        "E28",
        "policies are left on custom controls as these retire",
        "NONE",
        ("custom-control-leftover",),
        "when such a policy changes; one that nobody touches is not told",
    ),
)
