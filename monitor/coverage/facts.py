"""Variables for the facts of a sign-in, and the clauses that tie them to each other."""

from collections.abc import Callable, Collection, Hashable, Iterable
from typing import Final

from monitor.coverage.formula import (
    CLIENT,
    DEVICE,
    EXCLUSIVE,
    FLOW,
    GROUP,
    KIND,
    KNOWN,
    PLATFORM,
    RESOURCE,
    ROLE,
    SUITE,
    TARGET,
    TENANT,
    TERM,
    USER,
    Atom,
)
from monitor.coverage.scope import ACTION, CONTEXT, DOUBTFUL_KINDS, KINDS, LEGACY_CLIENTS
from monitor.coverage.world import SUITES, Accounts, Meaning
from monitor.posture.parts import Group, Role, User
from monitor.posture.policy import CLIENTS, FLOWS, GUEST_KINDS, PLATFORMS
from monitor.posture.posture import World

REGISTERED: Final = "registered"
_FROM_TENANTS: Final = frozenset(GUEST_KINDS) - {"internalGuest"}
_GUEST_ACCOUNTS: Final = frozenset(GUEST_KINDS) - {"b2bCollaborationMember"}
_MEMBER_ACCOUNTS: Final = frozenset({"member", "b2bCollaborationMember"})

Add = Callable[[list[int]], None]


class Facts:
    """One variable for each atom; values of an exclusive dimension shut each other out.

    The at-most-one ladder grows with each new value, so an incremental solver never has to retract.
    """

    def __init__(self, add: Add, before: World, after: World) -> None:
        self.add = add
        self.count = 1
        self.true = 1
        add([1])
        self.atoms: dict[Atom, int] = {}
        self.by_variable: dict[int, Atom] = {}
        self.values: dict[str, list[Atom]] = {}
        self.any_value: dict[str, int] = {}
        self.may_belong: dict[tuple[str, str], int] = {}
        """For (suite, resource): whether the resource, no member known to us, may be in it."""
        self._outside = _outside(before, after)
        self._users = {**before.users, **after.users}
        for kind in KINDS:
            self.variable(Atom(KIND, kind))
        for client in CLIENTS:
            self.variable(Atom(CLIENT, client))
        add([self.any_value[KIND]])
        add([self.any_value[CLIENT]])
        for dimension, names in ((PLATFORM, PLATFORMS), (FLOW, FLOWS)):
            for name in names:
                self.variable(Atom(dimension, name))

    def outside(self, atom: Atom) -> frozenset[str]:
        """Accounts certainly outside the unknown part of a group or role."""
        return self._outside.get((atom.dimension, str(atom.value)), frozenset())

    def account(self, id_: str) -> User | None:
        """The user document of an account, if there is one."""
        return self._users.get(id_)

    def fresh(self) -> int:
        """A new variable."""
        self.count += 1
        return self.count

    def variable(self, atom: Atom) -> int:
        """The variable of a fact, made and tied to the others on first use."""
        found = self.atoms.get(atom)
        if found is None:
            found = self.atoms[atom] = self.fresh()
            self.by_variable[found] = atom
            if atom.dimension in EXCLUSIVE:
                self._ladder(atom, found)
            self.values.setdefault(atom.dimension, []).append(atom)
            self._tie(atom, found)
        return found

    def dimension(self, literal: int) -> str:
        """The dimension of a fact's literal."""
        return self.by_variable[abs(literal)].dimension

    def all_false(self, dimension: str) -> int:
        """Literal of "none of the values seen so far" of an exclusive dimension."""
        return -self.any_value[dimension] if dimension in self.any_value else self.true

    def _ladder(self, atom: Atom, variable: int) -> None:
        previous = self.any_value.get(atom.dimension)
        if previous is None:
            self.any_value[atom.dimension] = variable
            return
        rung = self.fresh()
        self.add([-variable, -previous])
        self.add([-rung, variable, previous])
        self.add([rung, -variable])
        self.add([rung, -previous])
        self.any_value[atom.dimension] = rung

    def _is(self, dimension: str, value: Hashable) -> int:
        return self.variable(Atom(dimension, value))

    def _implies(self, variable: int, consequences: Iterable[int]) -> None:
        for consequence in consequences:
            self.add([-variable, consequence])

    def _tie(self, atom: Atom, variable: int) -> None:
        if atom.dimension in {USER, KNOWN, GROUP, ROLE}:
            # No account in the directory: named nowhere, member of nothing.
            self._implies(variable, (-self._is(KIND, kind) for kind in DOUBTFUL_KINDS))
        if isinstance(atom.value, Accounts):
            self._tie_accounts(atom.value, variable)
        elif isinstance(atom.value, str):
            self._tie_named(atom.dimension, atom.value, variable)

    def _tie_named(self, dimension: str, name: str, variable: int) -> None:
        if dimension in {GROUP, ROLE}:
            self._tie_free_membership(dimension, name, variable)
        elif dimension == TENANT:
            self.add([-variable, *(self._is(KIND, kind) for kind in sorted(_FROM_TENANTS))])
        elif dimension == TERM and name.startswith("device."):
            self.add([-variable, self._is(DEVICE, REGISTERED)])
        else:
            ties = {
                USER: self._tie_user,
                RESOURCE: self._tie_resource,
                SUITE: self._tie_suite,
                DEVICE: self._tie_device,
            }
            if dimension in ties:
                ties[dimension](name, variable)

    def _tie_user(self, user: str, variable: int) -> None:
        for other in self.values.get(KNOWN, ()):
            self._tie_member(user, variable, other)
        for dimension in (GROUP, ROLE):
            for other in self.values.get(dimension, ()):
                if user in self._outside.get((dimension, str(other.value)), ()):
                    self.add([-variable, -self.atoms[other]])
        account: User | None = self._users.get(user)
        if account is not None and account.user_type:
            guest = account.user_type.lower() == "guest"
            kinds = _GUEST_ACCOUNTS if guest else _MEMBER_ACCOUNTS
            self.add([-variable, *(self._is(KIND, kind) for kind in sorted(kinds))])

    def _tie_member(self, user: str, variable: int, known: Atom) -> None:
        belongs = isinstance(known.value, Accounts) and user in known.value.ids
        self.add([-variable, self.atoms[known] if belongs else -self.atoms[known]])

    def _tie_accounts(self, accounts: Accounts, variable: int) -> None:
        del variable
        for other in self.values.get(USER, ()):
            user = str(other.value)
            self._tie_member(user, self.atoms[other], Atom(KNOWN, accounts))

    def _tie_free_membership(self, dimension: str, id_: str, variable: int) -> None:
        outside = self._outside.get((dimension, id_), frozenset())
        for other in self.values.get(USER, ()):
            if other.value in outside:
                self.add([-self.atoms[other], -variable])

    def _tie_resource(self, name: str, variable: int) -> None:
        kind = name.partition(":")[0]
        targets = {ACTION: self._is(TARGET, ACTION), CONTEXT: self._is(TARGET, CONTEXT)}
        self._implies(variable, (v if k == kind else -v for k, v in targets.items()))
        for suite in self.values.get(SUITE, ()):
            self._tie_membership(name, variable, suite)

    def _tie_suite(self, name: str, variable: int) -> None:
        self._implies(variable, (-self._is(TARGET, ACTION), -self._is(TARGET, CONTEXT)))
        for resource in self.values.get(RESOURCE, ()):
            self._tie_membership(str(resource.value), self.atoms[resource], Atom(SUITE, name))

    def _tie_membership(self, resource: str, variable: int, suite: Atom) -> None:
        if resource in SUITES[str(suite.value)]:
            self.add([-variable, self.atoms[suite]])
            return
        may = self.may_belong[str(suite.value), resource] = self.fresh()
        self.add([-variable, -self.atoms[suite], may])

    def strangers(self, beside: Collection[tuple[str, str]]) -> list[int]:
        """Assumptions that resources are in no suite, but where `beside` says they may be."""
        return [-may for pair, may in self.may_belong.items() if pair not in beside]

    def _tie_device(self, name: str, variable: int) -> None:
        """Legacy clients can show nothing of a device; compliance and join need registration."""
        if name != REGISTERED:
            legacy = (self._is(CLIENT, client) for client in LEGACY_CLIENTS)
            self._implies(variable, (-client for client in legacy))
        if name in {"compliant", "hybrid"}:
            self._implies(variable, (self._is(DEVICE, REGISTERED),))


def _outside(before: World, after: World) -> dict[tuple[str, str], frozenset[str]]:
    """Users certainly outside the unknown part of a group or role, on either side.

    Who joined or left between the two sides is certain: the change says so.
    """
    found: dict[tuple[str, str], frozenset[str]] = {}
    for world in (before, after):
        for dimension, id_, users in Meaning(world).firm():
            found[dimension, id_] = found.get((dimension, id_), frozenset()) | frozenset(users)
    tables: tuple[tuple[str, dict[str, Group | Role], dict[str, Group | Role]], ...] = (
        (GROUP, dict(before.groups), dict(after.groups)),
        (ROLE, dict(before.roles), dict(after.roles)),
    )
    for dimension, old, new in tables:
        for id_ in old.keys() | new.keys():
            left, right = old.get(id_), new.get(id_)
            if left is right:
                continue
            moved = (left.members if left else frozenset()) ^ (
                right.members if right else frozenset()
            )
            if moved:
                found[dimension, id_] = found.get((dimension, id_), frozenset()) | moved
    return found
