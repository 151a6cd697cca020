"""The decorator that makes a rule of a function; the id comes from the function's name."""

from collections.abc import Callable, Iterator
from typing import TypedDict, TypeVar, Unpack, cast

from monitor.rules.case import Case
from monitor.rules.model import Controls, Judgement, Rule

Subject = TypeVar("Subject")


class Declaration(TypedDict):
    """What every rule must say; see `Rule` for the meaning of each."""

    revision: int
    title: str
    severity_logic: str
    controls: Controls
    blind_spots: tuple[str, ...]
    respond: tuple[str, ...]
    firing: str
    silent: str
    lookalike: str


def rule(
    subject: type[Subject], **declared: Unpack[Declaration]
) -> Callable[[Callable[[Subject], Iterator[Judgement]]], Rule]:
    """Declare the decorated function a rule; its docstring is the rule's meaning."""

    def declare(judge: Callable[[Subject], Iterator[Judgement]]) -> Rule:
        name = judge.__name__.replace("_", "-")
        meaning = " ".join((judge.__doc__ or "").split())
        if not meaning:
            raise TypeError(f"rule {name} has no docstring: say what it means")
        narrowed = cast("Callable[[Case], Iterator[Judgement]]", judge)
        return Rule(id=name, meaning=meaning, subject=subject, judge=narrowed, **declared)

    return declare
