"""The activities that decide who holds power over MFA: roles, PIM, applications, delegation.

Source: as `watchlist`; the application activities are those of the page's Core Directory table.

"""

from collections.abc import Mapping

from monitor.events.concern import Concern

PRIVILEGE_WATCHLIST: Mapping[Concern, str] = {
    # Directory roles and their definitions.
    Concern.ROLE: """
        Add eligible member to role
        Add EligibleRoleAssignment to RoleDefinition
        Add member to role
        Add member to role scoped over Restricted Management Administrative Unit
        Add role assignment to role definition
        Add role definition
        Add role from template
        Add scoped member to role
        Delete role definition
        Remove eligible member from role
        Remove EligibleRoleAssignment from RoleDefinition
        Remove member from role
        Remove member from role scoped over Restricted Management Administrative Unit
        Remove role assignment from role definition
        Remove scoped member from role
        Update role
        Update role definition
    """,
    # Privileged Identity Management.
    Concern.PIM: """
        Add eligible member to role in PIM canceled (permanent)
        Add eligible member to role in PIM canceled (renew)
        Add eligible member to role in PIM canceled (timebound)
        Add eligible member to role in PIM completed (permanent)
        Add eligible member to role in PIM completed (timebound)
        Add eligible member to role in PIM requested (permanent)
        Add eligible member to role in PIM requested (renew)
        Add eligible member to role in PIM requested (timebound)
        Add member to role approval requested (PIM activation)
        Add member to role canceled (PIM activation)
        Add member to role completed (PIM activation)
        Add member to role in PIM canceled (permanent)
        Add member to role in PIM canceled (renew)
        Add member to role in PIM canceled (timebound)
        Add member to role in PIM completed (permanent)
        Add member to role in PIM completed (timebound)
        Add member to role in PIM requested (permanent)
        Add member to role in PIM requested (renew)
        Add member to role in PIM requested (timebound)
        Add member to role outside of PIM (permanent)
        Add member to role request approved (PIM activation)
        Add member to role request denied (PIM activation)
        Add member to role requested (PIM activation)
        Approve request - direct role assignment
        Cancel request
        Cancel request for role removal
        Cancel request for role update
        Deactivate PIM alert
        Disable PIM alert
        Enable PIM alert
        Offboarded resource from PIM
        Onboarded resource from PIM
        Onboarded resource to PIM
        PIM activation request expired
        PIM policy removed
        Process request
        Process role removal request
        Process role update request
        Remove eligible member from role in PIM completed (permanent)
        Remove eligible member from role in PIM completed (timebound)
        Remove eligible member from role in PIM requested (permanent)
        Remove eligible member from role in PIM requested (timebound)
        Remove member from role (PIM activation expired)
        Remove member from role completed (PIM deactivate)
        Remove member from role in PIM completed (permanent)
        Remove member from role in PIM completed (timebound)
        Remove member from role in PIM requested (permanent)
        Remove member from role in PIM requested (timebound)
        Remove member from role requested (PIM deactivate)
        Remove permanent direct role assignment
        Remove permanent eligible role assignment
        Remove request
        Resolve PIM alert
        Resource updated
        Restore eligible member from role in PIM completed
        Restore member from role
        Restore member from role in PIM completed
        Restore permanent direct role assignment
        Role definition created
        Tenant offboarded from PIM
        Triggered PIM alert
        Update eligible member in PIM canceled (extend)
        Update eligible member in PIM requested (extend)
        Update member in PIM approved by admin (extend/renew)
        Update member in PIM canceled (extend)
        Update member in PIM denied by admin (extend/renew)
        Update member in PIM requested (extend)
        Update PIM alert setting
        Update role setting in PIM
    """,
    # Root access to Azure resources.
    Concern.ELEVATE: """
        The role assignment of User Access Administrator has been removed from the user
        User has elevated their access to User Access Administrator for their Azure Resources
    """,
    # Applications, service principals, their credentials and consents.
    Concern.APP: """
        Add app role assignment grant to user
        Add app role assignment to group
        Add app role assignment to service principal
        Add application
        Add delegated permission grant
        Add owner to application
        Add owner to service principal
        Add policy to application
        Add policy to service principal
        Add service principal
        Add service principal credentials
        Consent to application
        Delete application
        Hard Delete application
        Hard delete service principal
        Remove app role assignment from group
        Remove app role assignment from service principal
        Remove app role assignment from user
        Remove delegated permission grant
        Remove owner from application
        Remove owner from service principal
        Remove policy from application
        Remove policy from service principal
        Remove service principal
        Remove service principal credentials
        Restore application
        Restore service principal
        Revoke consent
        Update application
        Update application - Certificates and secrets management
        Update attribute
        Update external secrets
        Update service principal
    """,
    # What users and guests may do by default, consent rules.
    Concern.AUTHORIZATION: """
        Add permission grant policy
        Delete permission grant policy
        Update authorization policy
        Update permission grant policy
    """,
    # Who else may administer: policy owners, administrative units, partners, sponsors.
    Concern.DELEGATION: """
        Access approved
        Access removed
        Add member to administrative unit
        Add member to restricted management administrative unit
        Add owner to policy
        Add partner to company
        Add user sponsor
        Adding allowed assignable roles
        Delete administrative unit
        Demote partner
        Promote company to partner
        Remove member from administrative unit
        Remove member from restricted management administrative unit
        Remove owner from policy
        Remove partner from company
        Remove policy credentials
        Remove user sponsor
        Request approved
        Set Partnership
        Set user manager
        Update administrative unit
        Updating allowed assignable roles
    """,
}
