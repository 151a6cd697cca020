"""Passkeys of any make are accepted where only known ones were."""

from collections.abc import Iterator

from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.method_settings import Method, Step, judgement, step
from monitor.rules.model import Controls, Judgement, Severity


@rule(
    ChangeCase,
    revision=1,
    title="The restrictions on passkeys (FIDO2) were loosened",
    severity_logic="always medium: unknown authenticators can be registered",
    controls=Controls(
        hipaa=("164.312(d)",),
        nist=("IA-5", "CM-6", "CM-7"),
        attack=("T1556.006",),
    ),
    blind_spots=(
        "Keys that are registered already are not checked.",
        "A passkey profile that changes its number of types is not judged.",
    ),
    respond=(
        "Ask which authenticator needs it.",
        (
            "Set it back: Entra admin center > Protection > Authentication methods > Policies > "
            "Passkey (FIDO2) > Configure."
        ),
    ),
    firing="Attestation is no longer enforced.",
    silent="One more model is blocked.",
    lookalike="Self-service registration of passkeys is switched off.",
)
def fido2_attestation_off(case: ChangeCase) -> Iterator[Judgement]:
    """A key of unknown make, or a passkey copied between devices, counts as phishing-resistant."""
    one = step(case, "fido2")
    looser = [*_looser(one)] if one else []
    if looser:
        told = f"loosened what passkeys (FIDO2) are accepted: {'; '.join(looser)}."
        yield judgement(case, Severity.MEDIUM, told, looser=[*looser])


def _looser(one: Step) -> Iterator[str]:
    if one.switch_fell("isAttestationEnforced"):
        yield "attestation is no longer enforced"
    yield from _keys(one.before, one.after, "")
    old, new = (_profiles(side) for side in (one.before, one.after))
    for identity, after in new.items():
        before = old.get(identity)
        name = after.text("name") or identity
        unchecked = after.text("attestationEnforcement") == "disabled"
        if unchecked and (before is None or before.text("attestationEnforcement") != "disabled"):
            yield f"attestation is not enforced in the profile {name}"
        if before:
            yield from _keys(before, after, f" in the profile {name}")


def _keys(before: Method, after: Method, where: str) -> Iterator[str]:
    old, new = before.get("keyRestrictions"), after.get("keyRestrictions")
    if not isinstance(old, dict) or not isinstance(new, dict) or old.get("isEnforced") is not True:
        return
    if new.get("isEnforced") is False:
        yield f"key restrictions are no longer enforced{where}"
        return
    kinds = [str(side.get("enforcementType") or "") for side in (old, new)]
    was, now = (_models(Method(side)) for side in (old, new))
    if kinds == ["allow", "block"] or (kinds == ["allow", "allow"] and now - was):
        yield f"more models are allowed{where}"
    if kinds == ["block", "block"] and was - now:
        yield f"models are no longer blocked{where}"


def _models(keys: Method) -> frozenset[str]:
    listed = keys.get("aaGuids")
    items = listed if isinstance(listed, list) else []
    return frozenset(str(one).lower() for one in items)


def _profiles(side: Method) -> dict[str, Method]:
    listed = side.get("passkeyProfiles")
    items = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return {str(item.get("id") or item.get("name") or ""): Method(item) for item in items}
