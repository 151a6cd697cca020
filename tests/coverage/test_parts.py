"""Small parts: filter rules, address sets, proofs, formulas, the solver's budget."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.coverage.compare import compare
from monitor.coverage.engine import Engine, OutOfBudget
from monitor.coverage.filters import read_rule, readable
from monitor.coverage.formula import (
    DEVICE,
    FALSE,
    TERM,
    TRUE,
    every,
    fact,
    negated,
    some,
)
from monitor.coverage.model import Certainty
from monitor.coverage.proofs import (
    BUILT_IN_STRENGTHS,
    EXTERNAL,
    MULTIFACTOR,
    Proof,
    Rank,
    classes,
    combination,
    is_single,
    rank,
)
from monitor.coverage.ranges import WHOLE, complement, inside, intersection
from monitor.posture.parts import Interval, interval, merged
from tests.coverage.makers import policy, posture

A = fact(TERM, "device.model -eq a")
B = fact(TERM, "device.model -eq b")


@pytest.mark.parametrize(
    ("rule", "formula"),
    [
        ('device.model -eq "A"', A),
        ('device.model -ne "a"', negated(A)),
        ('device.model -in ["a", "b"]', some((A, B))),
        ('device.model -notIn ["a","b"]', negated(some((A, B)))),
        ('-not (device.model -eq "a")', negated(A)),
        ('device.model -eq "a" -and device.model -eq "b"', every((A, B))),
        (
            'device.model -eq "a" -or device.model -eq "b" -and device.model -eq "a"',
            some((A, every((B, A)))),
        ),
        (
            '(device.model -eq "a" -or device.model -eq "b") -and (device.model -eq "a")',
            every((some((A, B)), A)),
        ),
        ("device.isCompliant -eq True", fact(DEVICE, "compliant")),
        ("device.isCompliant -ne True", negated(fact(DEVICE, "compliant"))),
        ('device.trustType -eq "ServerAD"', fact(DEVICE, "hybrid")),
        ("device.model", fact(TERM, "rule device.model")),
        ('device.model -eq "a" device', fact(TERM, 'rule device.model -eq "a" device')),
        ("device.model -like x", fact(TERM, "rule device.model -like x")),
        ("((", fact(TERM, "rule ((")),
        ("§", fact(TERM, "rule §")),
    ],
)
def test_filter_rules(rule: str, formula: object) -> None:
    assert read_rule(rule) == formula


def test_formulas_simplify() -> None:
    assert every(()) == TRUE
    assert some(()) == FALSE
    assert every((A, FALSE)) == FALSE
    assert some((A, TRUE)) == TRUE
    assert every((A, A)) == A
    assert every((A, every((B,)))) == every((A, B))
    assert negated(negated(A)) == A
    assert negated(TRUE) == FALSE
    assert negated(FALSE) == TRUE


CIDRS = st.builds(
    lambda base, size: f"10.0.{base}.0/{size}", st.integers(0, 255), st.integers(16, 32)
)
SETS = st.lists(CIDRS, max_size=5).map(lambda texts: merged([interval(t) for t in texts]))


def holds(intervals: tuple[Interval, ...], version: int, number: int) -> bool:
    return any(v == version and low <= number <= high for v, low, high in intervals)


@given(SETS, SETS, st.integers(0, 2**16))
def test_address_sets(left: tuple[Interval, ...], right: tuple[Interval, ...], at: int) -> None:
    number = int(ipaddress.ip_address("10.0.0.0")) + at
    assert holds(intersection(left, right), 4, number) == (
        holds(left, 4, number) and holds(right, 4, number)
    )
    assert holds(complement(left), 4, number) != holds(left, 4, number)
    assert complement(complement(left)) == left
    rest = inside([left], [right])
    assert holds(rest, 4, number) == (holds(left, 4, number) and not holds(right, 4, number))


def test_the_whole_space() -> None:
    assert complement(()) == WHOLE
    assert complement(WHOLE) == ()
    assert inside([], []) == WHOLE
    everything = merged([interval("0.0.0.0/1"), interval("128.0.0.0/1")])
    assert everything == merged([interval("0.0.0.0/0")])


def test_ranks() -> None:
    order = ["password", "password,sms", "password,softwareOath", "deviceBasedPush", "fido2"]
    ranks = [rank(combination(text)) for text in order]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == 5
    assert rank(EXTERNAL) is Rank.ORDINARY
    assert Proof(combination("password"), frozenset({"d"})).rank is Rank.CUSTOM_CONTROL
    assert Proof(combination("fido2"), frozenset({"d"})).rank is Rank.PHISHING_RESISTANT
    assert is_single(combination("qrCodePin"))
    assert not is_single(combination("x509CertificateSingleFactor,newThing"))
    assert is_single(combination("newThing"))


def test_built_in_strengths_are_nested() -> None:
    second, third, fourth = (
        BUILT_IN_STRENGTHS[f"00000000-0000-0000-0000-00000000000{n}"] for n in (2, 3, 4)
    )
    assert fourth < third < second == frozenset(MULTIFACTOR)
    assert not any(is_single(combo) for combo in second)
    assert EXTERNAL not in second


def test_classes_are_told_apart_by_strengths_only() -> None:
    plain = classes(frozenset(), frozenset())
    assert [proof.rank for proof in plain] == [Rank.SINGLE, Rank.TELEPHONE]
    fourth = BUILT_IN_STRENGTHS["00000000-0000-0000-0000-000000000004"]
    found = classes(frozenset({fourth}), frozenset({"duo"}))
    assert [proof.rank for proof in found] == [
        Rank.SINGLE,
        Rank.CUSTOM_CONTROL,
        Rank.TELEPHONE,
        Rank.PHISHING_RESISTANT,
    ]


def test_the_budget_is_kept() -> None:
    world = posture().world
    engine = Engine(world, world)
    holes = 9
    pigeon = [[engine.facts.fresh() for _ in range(holes)] for _ in range(holes + 1)]
    for row in pigeon:
        engine.solver.add_clause(row)
    for hole in range(holes):
        column = [row[hole] for row in pigeon]
        for at, one in enumerate(column):
            for other in column[:at]:
                engine.solver.add_clause([-one, -other])
    engine.budget = 200
    with pytest.raises(OutOfBudget):
        engine.solve([])
    assert engine.solver.accum_stats()["conflicts"] <= 202
    with pytest.raises(OutOfBudget):
        engine.solve([])
    assert 300 < engine.solver.accum_stats()["conflicts"] <= 404


class TestRules:
    def test_a_comma_inside_quotes_belongs_to_its_value(self) -> None:
        whole = read_rule('device.model -in ["a,b"]')
        assert whole == read_rule('device.model -eq "a,b"')
        assert whole != read_rule('device.model -in ["a","b"]')
        assert read_rule("device.model -in ['a', b]") == read_rule('device.model -in ["a","b"]')
        assert read_rule('device.model -in ["a]b"]') == read_rule('device.model -eq "a]b"')

    @pytest.mark.parametrize(
        "rule",
        [
            "(" * 3_000 + 'device.model -eq "x"' + ")" * 3_000,
            "-not " * 3_000 + 'device.model -eq "x"',
            'device.model -in ["a" "b"]',
            'device.model -like "x"',
        ],
    )
    def test_a_rule_that_cannot_be_read_is_said(self, rule: str) -> None:
        assert not readable(rule)
        mode = {"deviceFilter": {"mode": "exclude", "rule": rule}}
        found = compare(posture(policy()), posture(policy(devices=mode)))
        assert found.certainty is Certainty.POSSIBLE
        assert found.not_understood == ("P (p): conditions.devices.deviceFilter.rule",)
