"""Microsoft Authenticator asks for less, or shows less, than before."""

from collections.abc import Iterator

from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.method_settings import NOBODY, Method, judgement, step
from monitor.rules.model import Controls, Judgement, Severity

FEATURES = {
    "numberMatchingRequiredState": "number matching",
    "displayAppInformationRequiredState": "the application's name in the prompt",
    "displayLocationInformationRequiredState": "the location in the prompt",
}


@rule(
    ChangeCase,
    revision=1,
    title="Microsoft Authenticator was weakened",
    severity_logic="always medium: prompts are easier to approve by mistake",
    controls=Controls(
        hipaa=("164.312(d)",),
        nist=("IA-5", "CM-6", "CM-7"),
        cis=("5.2.3.1",),
        scuba=("MS.AAD.3.3v2",),
        attack=("T1556.006", "T1621"),
    ),
    blind_spots=(
        "Microsoft enforces number matching for push by itself; the setting is kept in the policy.",
        "`default` counts as Microsoft decides: going from enabled to default is told.",
    ),
    respond=(
        "Ask for the reason; none is needed for ordinary use.",
        (
            "Set it back: Entra admin center > Protection > Authentication methods > Policies > "
            "Microsoft Authenticator > Configure."
        ),
    ),
    firing="Number matching goes from enabled to disabled.",
    silent="The location is shown in the prompt from now on.",
    lookalike="A group is excluded from SMS.",
)
def authenticator_weakened(case: ChangeCase) -> Iterator[Judgement]:
    """Number matching or the context in the prompt was switched off, for all or for some."""
    one = step(case, "microsoftauthenticator")
    if one is None:
        return
    lost = [words for name, words in FEATURES.items() if _fell(one.before, one.after, name)]
    if lost:
        yield judgement(
            case,
            Severity.MEDIUM,
            f"switched off {', '.join(lost)} of Microsoft Authenticator, for all or for some.",
            lost=[*lost],
        )


def _fell(before: Method, after: Method, feature: str) -> bool:
    old, new = (side.text("featureSettings", feature, "state") for side in (before, after))
    if not new or not old:
        return False
    if new == "disabled" or (old == "enabled" and new == "default"):
        return old != new
    return new != "disabled" and _scope_fell(before, after, feature)


def _scope_fell(before: Method, after: Method, feature: str) -> bool:
    """Whether the feature is for fewer: somebody is excluded, or it is for one group only."""
    sides = [
        [side.text("featureSettings", feature, name, "id") for side in (before, after)]
        for name in ("excludeTarget", "includeTarget")
    ]
    (was_out, now_out), (was_in, now_in) = sides
    excluded = now_out not in ("", NOBODY) and now_out != was_out
    return excluded or (was_in == "all_users" and now_in not in ("", "all_users"))
