"""The activities that bear on MFA: policies, methods, accounts, groups, trust; one name a line.

Source: Microsoft Learn, "Microsoft Entra audit log categories and activities" (the list of October
2024 and the names seen since). Spelling follows that page; `activity.normalise` levels it.

"""

from collections.abc import Mapping

from monitor.events.concern import Concern

WATCHLIST: Mapping[Concern, str] = {
    # Conditional Access policies (service Conditional Access). The list names no restoring, which
    # Graph can do since 2025; its record may bear this name, or that of an addition.
    Concern.POLICY: """
        Add conditional access policy
        Delete conditional access policy
        Restore conditional access policy
        Update conditional access policy
    """,
    # Core Directory's own record of the same policies (`PolicyDetail`).
    Concern.POLICY_TWIN: """
        Add policy
        Delete policy
        Hard Delete policy
        Restore policy
        Update policy
    """,
    # Named locations.
    Concern.LOCATION: """
        Add named location
        Delete named location
        Restore named location
        Update named location
    """,
    # Authentication strengths and their combination configurations.
    Concern.STRENGTH: """
        Authentication Strength Combination Configuration Create
        Authentication Strength Combination Configuration Delete
        Authentication Strength Combination Configuration Update
        Authentication Strength Policy Create
        Authentication Strength Policy Delete
        Authentication Strength Policy Update
    """,
    # Authentication contexts and continuous access evaluation.
    Concern.CONTEXT: """
        Add AuthenticationContextClassReference
        Delete AuthenticationContextClassReference
        Update AuthenticationContextClassReference
        Update continuous access evaluation
    """,
    # Security defaults.
    Concern.SECURITY_DEFAULTS: "Update security defaults",
    # The authentication methods policy, External MFA included.
    Concern.METHODS_POLICY: """
        Authentication Methods Policy Reset
        Authentication Methods Policy Update
    """,
    # Tenant-wide settings of the MFA service: trusted IPs, bypass, blocked users.
    Concern.MFA_SERVICE: """
        Add blocked user
        Add bypass user
        Clear block on user
        DELETE Tenant.DeleteGreetings
        MFA Service Policy Update
        PATCH Tenant.Patch
        PATCH Tenant.PatchCaches
        POST Tenant.CreateBlockedUser
        POST Tenant.CreateBypassedUser
        POST Tenant.CreateCacheConfig
        POST Tenant.CreateGreeting
        POST Tenant.RemoveBlockedUser
        POST Tenant.RemoveBypassedUser
        Remove bypassed user
        Set Company Information
    """,
    # Per-user MFA.
    Concern.PER_USER_MFA: """
        Disable Strong Authentication
        Enable Strong Authentication
        Restore multifactor authentication on all remembered devices
        Update per-user multifactor authentication state
    """,
    # Accounts come, go, are switched on and off; `Update user` is looked into.
    Concern.ACCOUNT: """
        Add user
        Convert federated user to managed
        Delete external user
        Delete user
        Disable account
        Enable account
        Hard Delete user
        Invite external user
        Invite external user with reset invitation status
        Invite internal user to B2B collaboration
        Redeem extern user invite
        Redeem external user invite
        Restore user
        Takeover user cloned
        Update user
        Viral user creation
    """,
    # Bulk jobs; each account has its own record beside them.
    Concern.BULK: """
        Bulk create users - finished (bulk)
        Bulk delete users - finished (bulk)
        Bulk invite users - finished (bulk)
        Bulk restore deleted users - finished (bulk)
    """,
    # An account gains or loses a method.
    Concern.SECURITY_INFO: """
        Add FIDO2 security key
        Add Passkey (device-bound)
        Add passwordless phone sign-in credential
        Add platform credential
        Add users strong authentication phone app detail
        Add Windows Hello for Business credential
        Admin deleted security info
        Admin registered security info
        Admin updated security info
        Assign Hardware Oath Token
        Bulk upload Hardware Oath Token
        Create application password for user
        Create Hardware Oath Token
        Delete application password for user
        Delete FIDO2 security key
        Delete Hardware Oath Token
        Delete Passkey (device-bound)
        Delete passwordless phone sign-in credential
        Delete platform credential
        Delete Windows Hello for Business credential
        PATCH UserAuthMethod.PatchSignInPreferencesAsync
        PATCH UserAuthMethod.ResetQRPinAsync
        PATCH UserAuthMethod.UpdateQRPinAsync
        POST UserAuthMethod.SecurityInfoRegistrationCallback
        POST UserAuthMethod.SoftwareOathProofupRegistration
        Remove users strong authentication phone app detail
        Security info saved for self-service password reset
        Set user oath token metadata enabled
        Update Hardware Oath Token
        User changed default security info
        User deleted security info
        User registered all required security info
        User registered security info
        User updated security info
    """,
    # Steps of a registration that change no state; they close no finding.
    Concern.REGISTRATION_STEP: """
        Get passkey creation options
        User canceled security info registration
        User reviewed security info
        User started security info registration
    """,
    # A user reported an MFA prompt that was not theirs.
    Concern.SUSPICION: """
        Fraud reported - no action taken
        Fraud reported - user is blocked for MFA
        Suspicious activity reported
    """,
    # Passwords and sessions.
    Concern.FIRST_FACTOR: """
        Admin started password reset
        Blocked from self-service password reset
        Change password (self-service)
        Change user password
        Reset password
        Reset password (by admin)
        Reset password (self-service)
        Reset user password
        Self-service password reset flow activity progress
        Set force change user password
        Unlock user account (self-service)
        Update StsRefreshTokenValidFrom Timestamp
        User started password change
        User started password reset
    """,
    # Settings of self-service password reset.
    Concern.SELF_SERVICE_RESET: """
        Disable password writeback for directory
        Enable password writeback for directory
        Update SSPR Settings
    """,
    # Who is in a group, and whether the group is there at all.
    Concern.GROUP: """
        Add member to group
        Delete group
        Hard Delete group
        Remove member from group
        Restore group
    """,
    # Who may change a group; its dynamic rule; new groups.
    Concern.GROUP_SETTINGS: """
        Add group
        Add owner to group
        Remove eligible member from group
        Remove eligible owner from group
        Remove owner from group
        Set group to be managed by user
        Update group
    """,
    # Identity Protection: risk policies, and risk dismissed.
    Concern.RISK: """
        ConfirmAccountCompromised
        ConfirmAccountSafe
        ConfirmCompromised
        ConfirmSafe
        DismissRisk
        DismissUser
        Update IdentityProtectionPolicy
        Update NotificationSettings
        Update Sign-In Risk Policy
        Update User Risk and MFA Registration Policy
    """,
    # Domains, who authenticates them, staged rollout, synchronisation.
    Concern.FEDERATION: """
        Add a group to feature rollout
        Add kerberos domain
        Add unverified domain
        Add user to feature rollout
        Add verified domain
        Create rollout policy for feature
        Delete kerberos domain
        Delete rollout policy of feature
        Disable Desktop Sso
        Disable Desktop Sso for a specific domain
        Disable passthrough authentication
        Enable Desktop Sso
        Enable Desktop Sso for a specific domain
        Enable passthrough authentication
        Hard Delete Domain
        Remove a group from feature rollout
        Remove unverified domain
        Remove user from feature rollout
        Remove verified domain
        Restore kerberos domain
        Set DirSync feature
        Set DirSyncEnabled flag
        Set domain authentication
        Set federation settings on domain
        Soft Delete Domain
        Update domain
        Update kerberos domain
        Update rollout policy of feature
        Verify domain
        Verify email verified domain
    """,
    # Certificate authorities trusted for certificate-based authentication.
    Concern.CERTIFICATE: """
        Add CertBasedAuthConfiguration
        Add CertificateBasedAuthConfiguration
        Create CertificateAuthorityEntity
        Create PublicKeyInfrastructure
        Delete CertificateAuthorityEntity
        Delete CertificateBasedAuthConfiguration
        Delete PublicKeyInfrastructure
        Hard Delete CertificateAuthorityEntity
        Hard delete CertificationBasedAuthConfiguration
        Hard Delete PublicKeyInfrastructure
        Initiate PublicKeyInfrastructure
        Restore CertificateAuthorityEntity
        Restore PublicKeyInfrastructure
        Update CertificateAuthorityEntity
        Update CertificateBasedAuthConfiguration
        Update PublicKeyInfrastructure
    """,
    # Trust in other tenants' MFA, and what they may bring here.
    Concern.CROSS_TENANT: """
        Add a domain-based partner to cross-tenant access setting
        Add a partner to cross-tenant access setting
        Create a MultiTenantOrg
        Create a partner cross-tenant identity sync setting
        Delete a domain-based partner to cross-tenant access setting
        Delete a partner cross-tenant identity sync setting
        Delete partner specific cross-tenant access setting
        Migrated partner cross-tenant access settings to the scalable model
        Reset a multi tenant org partner configuration template
        Reset the cross-tenant access default setting
        Update a domain-based partner to cross-tenant access setting
        Update a multi tenant org partner configuration template
        Update a MultiTenantOrg
        Update a partner cross-tenant access setting
        Update a partner cross-tenant identity sync setting
        Update the company default cross-tenant access setting
    """,
    # Licences that Conditional Access depends on.
    Concern.LICENCE: """
        Change user license
        Delete subscription
        Finish applying group based license to user
        Set group license
        Start applying group based license to users
        Trigger group license recalculation
    """,
    # Device registration, and what it demands.
    Concern.DEVICE: """
        Register device
        Set device registration policies
        Unregister device
    """,
    # Terms of use, a grant control.
    Concern.TERMS_OF_USE: """
        Accept Terms Of Use
        Add agreement
        Create Terms Of Use
        Decline Terms Of Use
        Delete agreement
        Delete Terms Of Use
        Edit Terms Of Use
        Hard delete agreement
        Publish Terms Of Use
        Unpublish Terms Of Use
        Update agreement
    """,
    # Other tenant-wide settings.
    Concern.TENANT: """
        Create company settings
        Delete company settings
        Set directory feature on tenant
        Set password policy
        Update company
        Update company settings
    """,
}
