"""The words of the authentication methods policy: its methods and the members they have.

Source: Microsoft Graph v1.0 and beta, `authenticationMethodsPolicy` and the types below it.
"""

from typing import Final

from monitor.posture.wire import learn

CONFIGURATIONS: Final = "authenticationMethodConfigurations"
CAMPAIGN: Final = "authenticationMethodsRegistrationCampaign"
ENFORCEMENT: Final = "registrationEnforcement"
ODATA_TYPE: Final = "@odata.type"

METHODS: Final = (
    "Fido2",
    "MicrosoftAuthenticator",
    "Sms",
    "TemporaryAccessPass",
    "HardwareOath",
    "SoftwareOath",
    "Voice",
    "Email",
    "X509Certificate",
    "QRCodePin",
    "VerifiableCredentials",
    "FederatedIdentityCredential",
)
"""Ids of the methods every tenant has; an External MFA provider's id is a GUID."""
METHOD_BY_WORD: Final = {name.lower(): name for name in METHODS} | {"passkey": "Fido2"}
TYPE_TAIL: Final = "authenticationmethodconfiguration"

POLICY_MEMBERS: Final = frozenset(
    {
        "id",
        "displayName",
        "description",
        "lastModifiedDateTime",
        "policyVersion",
        "policyMigrationState",
        "reconfirmationInDays",
        ENFORCEMENT,
        "systemCredentialPreferences",
        "reportSuspiciousActivitySettings",
        "microsoftAuthenticatorPlatformSettings",
        CONFIGURATIONS,
    }
)
METHOD_MEMBERS: Final = frozenset(
    {
        "id",
        "state",
        "includeTargets",
        "excludeTargets",
        "displayName",
        "appId",
        "openIdConnectSetting",
        "featureSettings",
        "isSoftwareOathEnabled",
        "isAttestationEnforced",
        "isSelfServiceRegistrationAllowed",
        "keyRestrictions",
        "defaultPasskeyProfile",
        "passkeyProfiles",
        "defaultLength",
        "defaultLifetimeInMinutes",
        "isUsableOnce",
        "maximumLifetimeInMinutes",
        "minimumLifetimeInMinutes",
        "isOfficePhoneAllowed",
        "isCustomGreetingEnabled",
        "callerIdNumber",
        "allowExternalIdToUseEmailOtp",
        "certificateUserBindings",
        "authenticationModeConfiguration",
        "certificateAuthorityScopes",
        "crlValidationConfiguration",
        "issuerHintsConfiguration",
        "pinLength",
        "standardQRCodeLifetimeInDays",
        "profiles",
        "createdDateTime",
    }
)
_DEEPER_NAMES: Final = (
    CAMPAIGN,
    "clientId",
    "discoveryUrl",
    "targetType",
    "isRegistrationRequired",
    "isUsableForSignIn",
    "authenticationMode",
    "targetedAuthenticationMethod",
    "snoozeDurationInDays",
    "enforceRegistrationAfterAllowedSnoozes",
    "numberMatchingRequiredState",
    "displayAppInformationRequiredState",
    "displayLocationInformationRequiredState",
    "companionAppAllowedState",
    "includeTarget",
    "excludeTarget",
    "aaGuids",
    "enforcementType",
    "isEnforced",
    "attestationEnforcement",
    "x509CertificateAuthenticationDefaultMode",
    "x509CertificateDefaultRequiredAffinityLevel",
    "trustAffinityLevel",
)
learn((*POLICY_MEMBERS, *METHOD_MEMBERS, *_DEEPER_NAMES))

MIGRATION_STATES: Final = ("preMigration", "migrationInProgress", "migrationComplete")
METHOD_STATES: Final = ("enabled", "disabled")
ENUMS: Final = {
    "state": ("default", "enabled", "disabled"),
    "targetType": ("user", "group"),
    "policyMigrationState": MIGRATION_STATES,
}
"""Enum members in the order of their numbers (Graph v1.0 metadata); a method's own `state` has its
own numbers."""
LISTS: Final = frozenset(
    {
        "includeTargets",
        "excludeTargets",
        "aaGuids",
        "passkeyProfiles",
        "profiles",
        "certificateUserBindings",
        "certificateAuthorityScopes",
        "rules",
    }
)
