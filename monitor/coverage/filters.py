"""Filter rules of devices, applications and principals, read into formulas over attribute terms.

The grammar is that of Entra's rule builder: comparisons joined by -and, -or, -not and
parentheses. A negative operator is the negation of its positive twin, so it matches an
unregistered device, whose attributes are all null (Microsoft, "Conditional Access: Filter for
devices", policy behavior with filter for devices). A rule that cannot be read is one term of its
own.
"""

import re
from functools import lru_cache
from typing import Final

from monitor.coverage.formula import DEVICE, TERM, Formula, every, fact, negated, some

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<open>[(])|(?P<close>[)])|(?P<list>\[(?:"[^"]*"|'[^']*'|[^\]"'])*\])|(?P<text>"[^"]*"|'[^']*')
    |(?P<operator>-\w+)|(?P<word>[\w.]+))""",
    re.VERBOSE,
)
_ITEM: Final = re.compile(r"""\s*("[^"]*"|'[^']*'|[^,"']+)\s*(?:,|$)""")
_DEEPEST: Final = 50
"""Parentheses and negations inside each other; a rule of 3,072 characters has no use for more."""
_NEGATIVE: Final = {
    "-ne": "-eq",
    "-notequals": "-eq",
    "-notstartswith": "-startswith",
    "-notendswith": "-endswith",
    "-notcontains": "-contains",
    "-notin": "-in",
}
_ALIASES: Final = {"-equals": "-eq"}
_POSITIVE: Final = frozenset({"-eq", "-startswith", "-endswith", "-contains", "-in"})
_OWN_FACTS: Final = {
    ("device.iscompliant", "true"): "compliant",
    ("device.trusttype", "serverad"): "hybrid",
}
"""Terms that are the facts a grant control asks for."""


class _Unreadable(Exception):  # never leaves this module
    """The rule is not in the grammar."""


def _tokens(rule: str) -> list[tuple[str, str]]:
    found, at = [], 0
    text = rule.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _Unreadable
        found.append((match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    return found


class _Reader:
    """Recursive descent over the tokens; -or binds weakest, -not strongest."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self, kind: str) -> str:
        found, text = self.peek()
        if found != kind:
            raise _Unreadable
        self.at += found != "end"
        return text

    def joined(self, operator: str) -> bool:
        kind, text = self.peek()
        if kind == "operator" and text.lower() == operator:
            self.at += 1
            return True
        return False

    def either(self) -> Formula:
        parts = [self.both()]
        while self.joined("-or"):
            parts.append(self.both())
        return some(parts)

    def both(self) -> Formula:
        parts = [self.single()]
        while self.joined("-and"):
            parts.append(self.single())
        return every(parts)

    def single(self) -> Formula:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _Unreadable
        inner = self.operand()
        self.depth -= 1
        return inner

    def operand(self) -> Formula:
        if self.joined("-not"):
            return negated(self.single())
        if self.peek()[0] == "open":
            self.take("open")
            inner = self.either()
            self.take("close")
            return inner
        return self.comparison()

    def comparison(self) -> Formula:
        attribute = self.take("word").lower()
        operator = self.take("operator").lower()
        operator = _ALIASES.get(operator, operator)
        kind, value = self.peek()
        if kind not in {"text", "word", "list"}:
            raise _Unreadable
        self.at += 1
        if operator in _NEGATIVE:
            return negated(_term(attribute, _NEGATIVE[operator], value))
        if operator not in _POSITIVE:
            raise _Unreadable
        return _term(attribute, operator, value)


def _term(attribute: str, operator: str, value: str) -> Formula:
    if operator == "-in":
        return some(_term(attribute, "-eq", item) for item in _items(value))
    word = value.strip("\"'").strip().lower()
    own = _OWN_FACTS.get((attribute, word)) if operator == "-eq" else None
    return fact(DEVICE, own) if own else fact(TERM, f"{attribute} {operator} {word}")


def _items(value: str) -> list[str]:
    """The values of a list; a comma inside quotes belongs to its value."""
    inner = value[1:-1].strip() if value.startswith("[") else value
    found, at = [], 0
    while at < len(inner):
        match = _ITEM.match(inner, at)
        if match is None:
            raise _Unreadable
        found.append(match.group(1).strip())
        at = match.end()
    return [item for item in found if item]


@lru_cache(maxsize=512)
def _read(rule: str) -> Formula | None:
    try:
        reader = _Reader(_tokens(rule))
        formula = reader.either()
        reader.take("end")
    except _Unreadable:
        return None
    return formula


def read_rule(rule: str) -> Formula:
    """Return the formula of a filter rule; what cannot be read is one opaque term."""
    formula = _read(rule)
    return fact(TERM, f"rule {' '.join(rule.split())}") if formula is None else formula


def readable(rule: str) -> bool:
    """Whether the rule is in the grammar."""
    return _read(rule) is not None
