"""Every rule, in the order in which findings are listed. Adding a rule adds one line here."""

from collections.abc import Iterator

from monitor.errors import InvalidInput
from monitor.rules.account_type_weakened import account_type_weakened
from monitor.rules.account_without_method import account_without_method
from monitor.rules.admin_registered_method import admin_registered_method
from monitor.rules.app_password_created import app_password_created
from monitor.rules.ca_control_loosened import ca_control_loosened
from monitor.rules.ca_strengthened import ca_strengthened
from monitor.rules.ca_weakened import ca_weakened
from monitor.rules.ca_without_effect import ca_without_effect
from monitor.rules.case import Case
from monitor.rules.change_not_understood import change_not_understood
from monitor.rules.credential_added_to_policy_app import credential_added_to_policy_app
from monitor.rules.default_method_weakened import default_method_weakened
from monitor.rules.dynamic_rule_edited import dynamic_rule_edited
from monitor.rules.elevate_access import elevate_access
from monitor.rules.emergency_account_touched import emergency_account_touched
from monitor.rules.group_membership_weakened import group_membership_weakened
from monitor.rules.internal_error import internal_error
from monitor.rules.last_method_gone import last_method_gone
from monitor.rules.lock_out import lock_out
from monitor.rules.model import Finding, Rule
from monitor.rules.per_user_mfa_disabled import per_user_mfa_disabled
from monitor.rules.pim_setting_weakened import pim_setting_weakened
from monitor.rules.policy_permission_granted import policy_permission_granted
from monitor.rules.role_membership_weakened import role_membership_weakened
from monitor.rules.role_outside_pim import role_outside_pim
from monitor.rules.role_without_method import role_without_method
from monitor.rules.security_info_deleted import security_info_deleted
from monitor.rules.temporary_access_pass_issued import temporary_access_pass_issued
from monitor.rules.unseen_change import unseen_change

REGISTRY: tuple[Rule, ...] = (
    ca_weakened,
    ca_strengthened,
    ca_without_effect,
    ca_control_loosened,
    lock_out,
    unseen_change,
    change_not_understood,
    per_user_mfa_disabled,
    account_without_method,
    group_membership_weakened,
    role_membership_weakened,
    account_type_weakened,
    dynamic_rule_edited,
    emergency_account_touched,
    role_without_method,
    role_outside_pim,
    pim_setting_weakened,
    elevate_access,
    policy_permission_granted,
    credential_added_to_policy_app,
    security_info_deleted,
    last_method_gone,
    admin_registered_method,
    temporary_access_pass_issued,
    app_password_created,
    default_method_weakened,
    internal_error,
)


def judge(case: Case) -> Iterator[Finding]:
    """Show the case to every rule for its kind and yield their findings."""
    for rule in REGISTRY:
        if isinstance(case, rule.subject):
            for judgement in rule.judge(case):
                yield Finding(rule, judgement)


def find_rule(identity: str) -> Rule:
    """Return the rule of that id.

    Raises:
        InvalidInput: there is none; the message lists the ids.
    """
    for rule in REGISTRY:
        if rule.id == identity:
            return rule
    known = ", ".join(rule.id for rule in REGISTRY)
    raise InvalidInput(f"no rule {identity!r}; the rules are: {known}")
