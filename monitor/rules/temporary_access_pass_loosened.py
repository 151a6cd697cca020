"""The rules for Temporary Access Passes were loosened."""

from collections.abc import Iterator

from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.method_settings import Step, judgement, step, whom
from monitor.rules.model import Controls, Judgement, Severity


@rule(
    ChangeCase,
    revision=1,
    title="Temporary Access Pass was loosened",
    severity_logic=(
        "medium when a pass lasts longer, is shorter or can be used more than once; low when the "
        "method is switched on or opened to more people"
    ),
    controls=Controls(
        hipaa=("164.312(d)",),
        nist=("IA-5", "CM-6", "CM-7"),
        attack=("T1556.006", "T1098.005"),
    ),
    blind_spots=("Who may issue a pass is decided by roles, not here.",),
    respond=(
        "Ask for the reason and the end of the change.",
        (
            "Set it back: Entra admin center > Protection > Authentication methods > Policies > "
            "Temporary Access Pass > Configure."
        ),
    ),
    firing="Passes may be used more than once from now on.",
    silent="The longest lifetime is shortened.",
    lookalike="One Temporary Access Pass is issued: see temporary-access-pass-issued.",
)
def temporary_access_pass_loosened(case: ChangeCase) -> Iterator[Judgement]:
    """A pass counts as multifactor by itself: a stolen one is worth more now."""
    one = step(case, "temporaryaccesspass")
    if one is None:
        return
    loosened = [*_loosened(one)]
    if loosened:
        told = f"loosened Temporary Access Pass: {'; '.join(loosened)}."
        yield judgement(case, Severity.MEDIUM, told, loosened=[*loosened])
    elif one.switched_on or (one.is_on and one.widened):
        ids = one.after.include if one.switched_on else one.widened
        told = f"opened Temporary Access Pass to {whom(ids) or 'targets not shown'}."
        yield judgement(case, Severity.LOW, told)


def _loosened(one: Step) -> Iterator[str]:
    if one.switch_fell("isUsableOnce"):
        yield "a pass can be used more than once"
    for name, words, sign in (
        ("maximumLifetimeInMinutes", "longest lifetime in minutes", 1),
        ("defaultLifetimeInMinutes", "usual lifetime in minutes", 1),
        ("defaultLength", "length", -1),
    ):
        old, new = one.before.number(name), one.after.number(name)
        if old is not None and new is not None and (new - old) * sign > 0:
            yield f"{words} {old} -> {new}"
