"""The other controls: device requirements, session limits, terms of use, method settings.

They are compared as such and never decide the verdict. A control counts as lost only where no
enforced policy after the change demands as much of the same sign-ins, so splitting or merging
policies moves nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from monitor.coverage.demand import ACTS, FACTS
from monitor.coverage.engine import Engine
from monitor.coverage.model import ControlChange, Direction
from monitor.coverage.proofs import BUILT_IN_STRENGTHS, combination
from monitor.posture.parts import MethodConfiguration
from monitor.posture.policy import ConditionalAccessPolicy, GrantControls, SessionControls
from monitor.posture.posture import Posture

ABSENT: Final = "not set"
_HOURS: Final = {"hours": 1, "days": 24}
_WEAK_METHODS: Final = frozenset({"sms", "voice", "email"})
_MODES: Final[Mapping[str, int]] = {
    "never": 1,
    "always": -1,
    "strictLocation": 1,
    "strictEnforcement": 1,
    "disabled": -1,
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One control of one policy: its value in words, and how strict (0 is as if absent)."""

    words: str
    strictness: float


def settings(policy: ConditionalAccessPolicy | None) -> dict[str, Setting]:
    """The other controls of an enforced policy, by name."""
    if policy is None or not policy.enforced:
        return {}
    found = dict(_grants(policy.grant_controls)) if policy.grant_controls else {}
    if policy.session_controls:
        found.update(_sessions(policy.session_controls))
    return found


def _grants(grant: GrantControls) -> Iterator[tuple[str, Setting]]:
    """What is demanded in any case: a control among alternatives is not."""
    choices = (
        len(grant.built_in_controls)
        + len(grant.custom_authentication_factors)
        + len(grant.terms_of_use)
        + bool(grant.authentication_strength)
    )
    if choices > 1 and grant.operator == "OR":
        return
    for control in grant.built_in_controls:
        if control in FACTS or control in ACTS:
            yield control, Setting("required", 1)
    for terms in grant.terms_of_use:
        yield f"termsOfUse {terms}", Setting("required", 1)


def _sessions(session: SessionControls) -> Iterator[tuple[str, Setting]]:
    frequency = session.sign_in_frequency
    if frequency is not None and frequency.is_enabled:
        if frequency.frequency_interval == "everyTime":
            yield "signInFrequency", Setting("every time", 1e9)
        elif frequency.value:
            hours = frequency.value * _HOURS.get(frequency.type, 1)
            yield "signInFrequency", Setting(f"every {frequency.value} {frequency.type}", 1 / hours)
    for name, mode in (
        ("persistentBrowser", session.persistent_browser),
        ("continuousAccessEvaluation", session.continuous_access_evaluation),
    ):
        if mode is not None and mode.is_enabled and mode.mode:
            yield name, Setting(mode.mode, _MODES.get(mode.mode, 0))
    for name, switch in (
        ("secureSignInSession", session.secure_sign_in_session),
        ("applicationEnforcedRestrictions", session.application_enforced_restrictions),
        ("cloudAppSecurity", session.cloud_app_security),
    ):
        if switch is not None and switch.is_enabled:
            yield name, Setting(switch.cloud_app_security_type or "on", 1)
    if session.disable_resilience_defaults:
        yield "disableResilienceDefaults", Setting("on", 1)
    if session.block_sensitive_actions:
        yield "blockSensitiveActions", Setting("on", 1)


def other_controls(engine: Engine, before: Posture, after: Posture) -> tuple[ControlChange, ...]:
    """Return every other control that moved, with its direction.

    Raises:
        OutOfBudget: the solver gave no answer about a scope.
    """
    found = [
        *_lost(engine, before, after, Direction.LOOSER),
        *_lost(engine, after, before, Direction.TIGHTER),
        *_demands(before, after),
        *_strengths(before, after),
        *_methods(before, after),
    ]
    return tuple(dict.fromkeys(found))


def _changed(before: Posture, after: Posture) -> Iterator[str]:
    """Ids of policies that are not the same on both sides."""
    old, new = before.policies, after.policies
    for id_ in dict.fromkeys((*old, *new)):
        left, right = old.get(id_), new.get(id_)
        if left is not right and left != right:
            yield id_


def _lost(
    engine: Engine, here: Posture, there: Posture, direction: Direction
) -> Iterator[ControlChange]:
    """Controls of changed policies `here` that nothing `there` keeps up."""
    loosening = direction is Direction.LOOSER
    world = engine.worlds.index(here.world)
    other = engine.worlds.index(there.world)
    for id_ in [*_changed(here, there), *_meaning_moved(engine, here, there)]:
        policy = here.policies.get(id_)
        theirs = settings(there.policies.get(id_))
        for name, setting in settings(policy).items():
            if policy is None or not setting.strictness:
                continue
            if _kept(engine, (policy, world), (there, other), name, setting):
                continue
            opposite = setting.strictness < 0
            value = theirs.get(name, Setting(ABSENT, 0)).words
            words = (setting.words, value) if loosening else (value, setting.words)
            way = direction
            if opposite:
                way = Direction.TIGHTER if loosening else Direction.LOOSER
            yield ControlChange(name, policy.name, way, *words)


def _meaning_moved(engine: Engine, here: Posture, there: Posture) -> Iterator[str]:
    """Policies that are the same but mean something else in another world."""
    if here.world is there.world:
        return
    ours, theirs = engine.worlds.index(here.world), engine.worlds.index(there.world)
    for id_, policy in here.policies.items():
        if there.policies.get(id_) != policy or not settings(policy):
            continue
        if engine.applies(policy, ours) != engine.applies(policy, theirs):
            yield id_


def _kept(
    engine: Engine,
    ours: tuple[ConditionalAccessPolicy, int],
    theirs: tuple[Posture, int],
    name: str,
    setting: Setting,
) -> bool:
    """Whether the other side demands as much wherever this policy did."""
    rivals = []
    for policy in theirs[0].policies.values():
        rival = settings(policy).get(name)
        if rival is not None and rival.strictness * setting.strictness >= setting.strictness**2:
            rivals.append(-engine.applies(policy, theirs[1]))
    return not engine.solve([engine.applies(*ours), *rivals])


def _demands(before: Posture, after: Posture) -> Iterator[ControlChange]:
    """Custom controls that were exchanged."""
    for id_ in _changed(before, after):
        left, right = _customs(before.policies.get(id_)), _customs(after.policies.get(id_))
        if left and right and left != right:
            name = after.policies[id_].name
            words = (", ".join(left), ", ".join(right))
            yield ControlChange("customAuthenticationFactors", name, Direction.CHANGED, *words)


def _customs(policy: ConditionalAccessPolicy | None) -> tuple[str, ...]:
    if policy is None or not policy.enforced or policy.grant_controls is None:
        return ()
    return tuple(sorted(policy.grant_controls.custom_authentication_factors))


def _strengths(before: Posture, after: Posture) -> Iterator[ControlChange]:
    """Strengths whose combinations or restrictions moved."""
    for id_ in before.strengths.keys() & after.strengths.keys():
        old, new = before.strengths[id_], after.strengths[id_]
        if id_ in BUILT_IN_STRENGTHS or old is new:
            continue
        left = frozenset(map(combination, old.allowed_combinations))
        right = frozenset(map(combination, new.allowed_combinations))
        name = new.display_name or id_
        if left != right:
            way = Direction.LOOSER if left < right else Direction.CHANGED
            way = Direction.TIGHTER if right < left else way
            words = ("; ".join(old.allowed_combinations), "; ".join(new.allowed_combinations))
            yield ControlChange("authenticationStrength", name, way, *words)
        if old.combination_configurations != new.combination_configurations:
            more = len(new.combination_configurations) - len(old.combination_configurations)
            way = Direction.TIGHTER if more > 0 else Direction.LOOSER if more else Direction.CHANGED
            yield ControlChange("combinationConfigurations", name, way, "other", "other")


def _methods(before: Posture, after: Posture) -> Iterator[ControlChange]:
    """Methods switched on or off in the authentication methods policy."""
    old, new = _states(before), _states(after)
    if not old or not new:
        return
    for id_ in sorted(old.keys() | new.keys()):
        left, right = old.get(id_, "disabled"), new.get(id_, "disabled")
        if left != right:
            way = Direction.CHANGED
            if id_.lower() in _WEAK_METHODS:
                way = Direction.LOOSER if right == "enabled" else Direction.TIGHTER
            yield ControlChange(f"method {id_}", "authentication methods policy", way, left, right)


def _states(posture: Posture) -> dict[str, str]:
    policy = posture.world.methods
    methods: Iterable[MethodConfiguration] = (
        policy.authentication_method_configurations if policy else ()
    )
    return {method.display_name or method.id: method.state for method in methods}


def reaches_nothing(engine: Engine, before: Posture, after: Posture) -> bool:
    """Whether every changed policy applies to no sign-in at all, on both sides.

    Raises:
        OutOfBudget: the solver gave no answer about a scope.
    """
    sides = (
        (engine.worlds.index(before.world), before),
        (engine.worlds.index(after.world), after),
    )
    ids = list(_changed(before, after))
    return bool(ids) and not any(
        engine.solve([engine.applies(policy, which)])
        for which, posture in sides
        for id_ in ids
        if (policy := posture.policies.get(id_)) is not None
    )
