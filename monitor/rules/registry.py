"""Every rule, in the order in which findings are listed. Adding a rule adds one line here."""

from collections.abc import Iterator

from monitor.errors import InvalidInput
from monitor.rules.account_without_method import account_without_method
from monitor.rules.ca_control_loosened import ca_control_loosened
from monitor.rules.ca_strengthened import ca_strengthened
from monitor.rules.ca_weakened import ca_weakened
from monitor.rules.ca_without_effect import ca_without_effect
from monitor.rules.case import Case
from monitor.rules.change_not_understood import change_not_understood
from monitor.rules.internal_error import internal_error
from monitor.rules.lock_out import lock_out
from monitor.rules.model import Finding, Rule
from monitor.rules.per_user_mfa_disabled import per_user_mfa_disabled
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
