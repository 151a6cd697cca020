"""Every rule, in the order in which findings are listed. Adding a rule adds one line here."""

from collections.abc import Iterator

from monitor.errors import InvalidInput
from monitor.rules.account_short_lived import account_short_lived
from monitor.rules.account_type_weakened import account_type_weakened
from monitor.rules.account_without_method import account_without_method
from monitor.rules.admin_registered_method import admin_registered_method
from monitor.rules.altered_record import altered_record
from monitor.rules.app_password_created import app_password_created
from monitor.rules.authentication_context_deleted import authentication_context_deleted
from monitor.rules.authenticator_weakened import authenticator_weakened
from monitor.rules.ca_control_loosened import ca_control_loosened
from monitor.rules.ca_strengthened import ca_strengthened
from monitor.rules.ca_weakened import ca_weakened
from monitor.rules.ca_without_effect import ca_without_effect
from monitor.rules.case import Case
from monitor.rules.certificate_method_weakened import certificate_method_weakened
from monitor.rules.change_not_understood import change_not_understood
from monitor.rules.continuous_access_evaluation_off import continuous_access_evaluation_off
from monitor.rules.credential_added_to_policy_app import credential_added_to_policy_app
from monitor.rules.cross_tenant_mfa_trust import cross_tenant_mfa_trust
from monitor.rules.custom_control_leftover import custom_control_leftover
from monitor.rules.custom_control_repointed import custom_control_repointed
from monitor.rules.default_method_weakened import default_method_weakened
from monitor.rules.device_registration_mfa_off import device_registration_mfa_off
from monitor.rules.dynamic_rule_edited import dynamic_rule_edited
from monitor.rules.elevate_access import elevate_access
from monitor.rules.emergency_account_touched import emergency_account_touched
from monitor.rules.exemption_expired import exemption_expired
from monitor.rules.external_mfa_added import external_mfa_added
from monitor.rules.external_mfa_app_changed import external_mfa_app_changed
from monitor.rules.external_mfa_removed import external_mfa_removed
from monitor.rules.external_mfa_repointed import external_mfa_repointed
from monitor.rules.external_mfa_retargeted import external_mfa_retargeted
from monitor.rules.federation_changed import federation_changed
from monitor.rules.fido2_attestation_off import fido2_attestation_off
from monitor.rules.gap_open import gap_open
from monitor.rules.group_membership_weakened import group_membership_weakened
from monitor.rules.guest_settings_loosened import guest_settings_loosened
from monitor.rules.internal_error import internal_error
from monitor.rules.last_method_gone import last_method_gone
from monitor.rules.licence_subscription_deleted import licence_subscription_deleted
from monitor.rules.lock_out import lock_out
from monitor.rules.method_safeguard_off import method_safeguard_off
from monitor.rules.methods_migration_moved_back import methods_migration_moved_back
from monitor.rules.methods_policy_reset import methods_policy_reset
from monitor.rules.mfa_service_setting_weakened import mfa_service_setting_weakened
from monitor.rules.model import Finding, Rule
from monitor.rules.per_user_mfa_disabled import per_user_mfa_disabled
from monitor.rules.pim_alert_disabled import pim_alert_disabled
from monitor.rules.pim_setting_weakened import pim_setting_weakened
from monitor.rules.policy_permission_granted import policy_permission_granted
from monitor.rules.policy_restored_unenforced import policy_restored_unenforced
from monitor.rules.privileged_role_outside_mfa_scope import privileged_role_outside_mfa_scope
from monitor.rules.protection_removed_from_deciding_group import (
    protection_removed_from_deciding_group,
)
from monitor.rules.records_late import records_late
from monitor.rules.records_lost import records_lost
from monitor.rules.registration_campaign_weakened import registration_campaign_weakened
from monitor.rules.risk_policy_changed import risk_policy_changed
from monitor.rules.role_membership_weakened import role_membership_weakened
from monitor.rules.role_outside_pim import role_outside_pim
from monitor.rules.role_without_method import role_without_method
from monitor.rules.schema_drift import schema_drift
from monitor.rules.security_defaults_disabled import security_defaults_disabled
from monitor.rules.security_info_deleted import security_info_deleted
from monitor.rules.self_service_reset_weakened import self_service_reset_weakened
from monitor.rules.stream_silent import stream_silent
from monitor.rules.strength_weakened import strength_weakened
from monitor.rules.strong_method_removed import strong_method_removed
from monitor.rules.temporary_access_pass_issued import temporary_access_pass_issued
from monitor.rules.temporary_access_pass_loosened import temporary_access_pass_loosened
from monitor.rules.trusted_certificate_authority_changed import (
    trusted_certificate_authority_changed,
)
from monitor.rules.unseen_change import unseen_change
from monitor.rules.weaker_method_enabled import weaker_method_enabled

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
    external_mfa_added,
    external_mfa_repointed,
    external_mfa_removed,
    external_mfa_retargeted,
    external_mfa_app_changed,
    weaker_method_enabled,
    authenticator_weakened,
    temporary_access_pass_loosened,
    fido2_attestation_off,
    certificate_method_weakened,
    strong_method_removed,
    registration_campaign_weakened,
    method_safeguard_off,
    methods_migration_moved_back,
    methods_policy_reset,
    security_defaults_disabled,
    strength_weakened,
    mfa_service_setting_weakened,
    continuous_access_evaluation_off,
    authentication_context_deleted,
    custom_control_leftover,
    risk_policy_changed,
    self_service_reset_weakened,
    device_registration_mfa_off,
    licence_subscription_deleted,
    group_membership_weakened,
    role_membership_weakened,
    account_type_weakened,
    account_short_lived,
    dynamic_rule_edited,
    protection_removed_from_deciding_group,
    emergency_account_touched,
    role_without_method,
    role_outside_pim,
    privileged_role_outside_mfa_scope,
    pim_setting_weakened,
    pim_alert_disabled,
    elevate_access,
    policy_permission_granted,
    credential_added_to_policy_app,
    security_info_deleted,
    last_method_gone,
    admin_registered_method,
    temporary_access_pass_issued,
    app_password_created,
    default_method_weakened,
    policy_restored_unenforced,
    custom_control_repointed,
    federation_changed,
    trusted_certificate_authority_changed,
    cross_tenant_mfa_trust,
    guest_settings_loosened,
    stream_silent,
    records_late,
    gap_open,
    records_lost,
    schema_drift,
    altered_record,
    exemption_expired,
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
