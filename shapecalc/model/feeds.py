"""Sorts what a call is fed into the ports of its layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from shapecalc.diagnostics import did_you_mean, has_rival
from shapecalc.diagnostics.errors import Refusal
from shapecalc.layers.base import port_name, takes_many
from shapecalc.layers.values import FeedOf

ItemT = TypeVar("ItemT")


def sort_into_ports(
    ports: tuple[str, ...], items: Sequence[ItemT], named: dict[str, list[ItemT]] | None = None
) -> FeedOf[ItemT]:
    """The feed of items in the order of Keras's call, or of items by the names of ports. Raises Refusal."""
    return _sort_by_name(ports, named) if named is not None else _sort_in_order(ports, items)


def flatten(feed: FeedOf[ItemT], kind: type[ItemT]) -> list[ItemT]:
    """All items of a kind that a feed holds, port by port; what is fed twice stands there twice."""
    items: list[ItemT] = []
    for port in feed:
        if isinstance(port, kind):
            items.append(port)
        elif port is not None:
            items += port  # type: ignore[arg-type]  # several items, or it would be one of that kind
    return items


def _sort_in_order(ports: tuple[str, ...], items: Sequence[ItemT]) -> FeedOf[ItemT]:
    feed: list[ItemT | tuple[ItemT, ...] | None] = []
    rest = list(items)
    for port in ports:
        if takes_many(port):
            feed.append(tuple(rest))
            rest = []
        else:
            feed.append(rest.pop(0) if rest else None)
    if rest:
        help = "join them first, by `Add` or `Concatenate`" if len(ports) == 1 else None
        raise Refusal(f"takes at most {_count_inputs(ports)}, is fed {len(items)}", code="SC306", help=help)
    return _complete(ports, feed)


def _sort_by_name(ports: tuple[str, ...], named: dict[str, list[ItemT]]) -> FeedOf[ItemT]:
    names = [port_name(port) for port in ports]
    for name, items in named.items():
        if name not in names:
            guess = did_you_mean(name, names)
            help = None if guess else f"its inputs are {', '.join(names)}"
            safe = guess is not None and not has_rival(name, guess, names)
            raise Refusal(f"has no input `{name}`", code="SC307", help=help, instead=guess, safe=safe, wrong=name)
        if len(items) > 1 and not takes_many(ports[names.index(name)]):
            raise Refusal(f"takes one tensor as `{name}`, is fed {len(items)}", code="SC306")
    feed: list[ItemT | tuple[ItemT, ...] | None] = []
    for port, name in zip(ports, names, strict=True):
        items = named.get(name, [])
        feed.append(tuple(items) if takes_many(port) else items[0] if items else None)
    return _complete(ports, feed)


def _complete(ports: tuple[str, ...], feed: list[ItemT | tuple[ItemT, ...] | None]) -> FeedOf[ItemT]:
    """The feed without optional ports at its end that are not fed. Raises Refusal where an input is missing."""
    for port, fed in zip(ports, feed, strict=True):
        if not fed and port[-1] not in "?*":
            count = sum(len(fed) if type(fed) is tuple else 1 for fed in feed if fed)
            message = f"needs {_count_inputs(ports)}, is fed {count}"
            raise Refusal(message, code="SC306", help="list them in `from`, in that order")
    while feed and not feed[-1] and ports[len(feed) - 1][-1] in "?*":
        feed.pop()
    return tuple(feed)


def _count_inputs(ports: tuple[str, ...]) -> str:
    """`2 inputs (query, value)`."""
    names = [port_name(port) for port in ports if port[-1] != "?"]
    return f"{len(names)} input{'s' * (len(names) != 1)} ({', '.join(names)})"
