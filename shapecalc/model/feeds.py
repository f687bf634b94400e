"""What is fed to a call, sorted into the ports of its layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from shapecalc.diagnostics import did_you_mean
from shapecalc.diagnostics.errors import Refusal
from shapecalc.layers.base import port_name, takes_many
from shapecalc.layers.values import FeedOf

ItemT = TypeVar("ItemT")


def assemble(
    ports: tuple[str, ...], items: Sequence[ItemT], named: dict[str, list[ItemT]] | None = None
) -> FeedOf[ItemT]:
    """Items in the order of Keras's call, or by name, as the call takes them. Raises Refusal."""
    return _by_name(ports, named) if named is not None else _in_order(ports, items)


def flatten(feed: FeedOf[ItemT], kind: type[ItemT]) -> list[ItemT]:
    """All items of a kind that a feed holds, port by port; what is fed twice stands there twice."""
    items: list[ItemT] = []
    for port in feed:
        if isinstance(port, kind):
            items.append(port)
        elif port is not None:
            items += port  # type: ignore[arg-type]  # several items, or it would be one of that kind
    return items


def _in_order(ports: tuple[str, ...], items: Sequence[ItemT]) -> FeedOf[ItemT]:
    slots: list[ItemT | tuple[ItemT, ...] | None] = []
    rest = list(items)
    for port in ports:
        if takes_many(port):
            slots.append(tuple(rest))
            rest = []
        else:
            slots.append(rest.pop(0) if rest else None)
    if rest:
        help = "join them first, by `Add` or `Concatenate`" if len(ports) == 1 else None
        raise Refusal(f"takes at most {_counted(ports)}, is fed {len(items)}", code="SC306", help=help)
    return _complete(ports, slots)


def _by_name(ports: tuple[str, ...], named: dict[str, list[ItemT]]) -> FeedOf[ItemT]:
    names = [port_name(port) for port in ports]
    for name, items in named.items():
        if name not in names:
            guess = did_you_mean(name, names)
            help = f"did you mean `{guess}`?" if guess else f"its inputs are {', '.join(names)}"
            raise Refusal(f"has no input `{name}`", code="SC307", help=help)
        if len(items) > 1 and not takes_many(ports[names.index(name)]):
            raise Refusal(f"takes one tensor as `{name}`, is fed {len(items)}", code="SC306")
    slots: list[ItemT | tuple[ItemT, ...] | None] = []
    for port, name in zip(ports, names, strict=True):
        found = named.get(name, [])
        slots.append(tuple(found) if takes_many(port) else found[0] if found else None)
    return _complete(ports, slots)


def _complete(ports: tuple[str, ...], slots: list[ItemT | tuple[ItemT, ...] | None]) -> FeedOf[ItemT]:
    """Refuses missing inputs, and leaves out optional ones at the end."""
    for port, slot in zip(ports, slots, strict=True):
        if not slot and port[-1] not in "?*":
            fed = sum(len(s) if type(s) is tuple else 1 for s in slots if s)
            raise Refusal(
                f"needs {_counted(ports)}, is fed {fed}", code="SC306", help="list them in `from`, in that order"
            )
    while slots and not slots[-1] and ports[len(slots) - 1][-1] in "?*":
        slots.pop()
    return tuple(slots)


def _counted(ports: tuple[str, ...]) -> str:
    names = [port.rstrip("+*?") for port in ports if port[-1] != "?"]
    return f"{len(names)} input{'s' * (len(names) != 1)} ({', '.join(names)})"
