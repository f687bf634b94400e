"""Leaves out assumptions that follow from others: of lower bounds the largest stays, equalities are solved."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import lcm
from typing import TYPE_CHECKING

from shapecalc.dims import Dim, symbols
from shapecalc.dims.dim import Quotient, leaves

if TYPE_CHECKING:
    from shapecalc.dims import Relation

_BOUND = re.compile(r"(\w+) (>=|<=) (\d+)\Z")
_SAME = re.compile(r"([^\W\d]\w*) == ([^\W\d]\w*|\d+)\Z")
_REST = re.compile(r"(\w+) % (\d+) == (\d+)\Z")
MOST_RESIDUES = 1_024
_FAR = 1_000  # periods from 0, so that no lower bound matters any more


def drop_implied(relations: Iterable[Relation]) -> dict[str, str]:
    """The assumptions that do not follow from others: the text of each, and the sentence to show for it.

    Equalities over the quotients of one symbol come out as one, solved for it: `size % 16 == 12`.
    """
    remaining = {str(relation): relation for relation in relations}
    said = {text: text for text in remaining}
    _keep_tightest(said)
    by_symbol: dict[str, list[str]] = {}
    for text, relation in remaining.items():
        names = symbols(relation.left) | symbols(relation.right)
        if relation.op == "==" and len(names) == 1 and not _SAME.match(text) and _is_closed(relation):
            by_symbol.setdefault(next(iter(names)), []).append(text)
    for name, texts in by_symbol.items():
        solved = _solve(name, [remaining[text] for text in texts])
        if solved is not None:
            for text in texts[1:]:
                del said[text]
            said[texts[0]] = solved
    _keep_finest(said)
    return said


def _keep_finest(said: dict[str, str]) -> None:
    """Leaves out remainders that follow from another of the same size: `T % 2 == 0` where `T % 4 == 0` is assumed."""
    matches = {text: match for text, sentence in said.items() if (match := _REST.match(sentence))}
    for text, rest in matches.items():
        divisor = int(rest[2])
        for other, finer in matches.items():
            apart = said.get(other) is None or said[other] == said[text]
            if (
                not apart
                and finer[1] == rest[1]
                and int(finer[2]) % divisor == 0
                and int(finer[3]) % divisor == int(rest[3])
            ):
                del said[text]
                break


def _keep_tightest(said: dict[str, str]) -> None:
    """Leaves out bounds that a tighter one of the same size implies, or of one that is assumed to be equal."""
    alias: dict[str, str] = {}
    for text in said:
        same = _SAME.match(text)
        if same is not None:
            alias[same[2]] = alias.get(same[1], same[1])
    values = {root: int(name) for name, root in alias.items() if name.isdecimal()}
    tightest: dict[tuple[str, str], tuple[int, str]] = {}
    for text in list(said):
        bound = _BOUND.match(text)
        if bound is None:
            continue
        name, limit = alias.get(bound[1], bound[1]), int(bound[3])
        value, key = values.get(name), (name, bound[2])
        if value is not None and (value >= limit if bound[2] == ">=" else value <= limit):
            del said[text]
            continue
        other = tightest.get(key)
        if other is None:
            tightest[key] = limit, text
        elif (limit > other[0]) == (bound[2] == ">=") and limit != other[0]:
            del said[other[1]]
            tightest[key] = limit, text
        else:
            del said[text]


def _is_closed(relation: Relation) -> bool:
    """Whether a relation depends on symbols alone: no size in it is unknown."""
    return all(isinstance(leaf, str) for side in (relation.left, relation.right) for leaf in leaves(side))


def _solve(name: str, relations: list[Relation]) -> str | None:
    """The one remainder that all relations demand of a symbol, as text; None where they demand something else."""
    period = lcm(*(divisor for relation in relations for divisor in _list_divisors(relation)))
    if period == 1 or period > MOST_RESIDUES:
        return None
    fits = {
        far: [
            rest for rest in range(period) if all(relation.holds({name: far * period + rest}) for relation in relations)
        ]
        for far in (_FAR, 2 * _FAR + 1)
    }
    rests = fits[_FAR]
    if not rests or fits[2 * _FAR + 1] != rests:
        return None
    divisor = period // len(rests)
    if period % len(rests) or any(rest % divisor != rests[0] for rest in rests):
        return None
    return f"{name} % {divisor} == {rests[0]}" if divisor > 1 else None


def _list_divisors(relation: Relation) -> list[int]:
    """The numbers that the symbol of a relation is divided by; for a quotient within a quotient their product."""
    return [*_list_quotients(relation.left), *_list_quotients(relation.right)]


def _list_quotients(size: object) -> list[int]:
    if not isinstance(size, Dim):
        return []
    divisors = []
    for monomial in size.terms:
        for atom, _ in monomial:
            if isinstance(atom, Quotient):
                divisors += [atom.divisor * inner for inner in (*_list_quotients(atom.numerator), 1)]
    return divisors
