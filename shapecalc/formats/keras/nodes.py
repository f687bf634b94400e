"""The calls in a functional config: in which order they come, and where what they are fed comes from."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Any, TypeAlias

from shapecalc.diagnostics import shorten
from shapecalc.formats.flat_model import Origin, refused

MOST_OUTPUTS = 16
"""Outputs of a call that may be used: how many there are is known only when it is inferred."""

Place: TypeAlias = tuple[str, int]
"""A layer of one model and which of its calls."""


def places(value: Any, prefix: str) -> list[tuple[str, int, int]]:
    """`["x", 0, 0]`, or a list or mapping of such. Raises Fault."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list) and value and not isinstance(value[0], (list, dict)):
        value = [value]
    found = [_place(item, prefix) for item in value] if isinstance(value, list) else []
    if not found:
        raise refused("the model lists no inputs or no outputs", prefix.rstrip("/"))
    return found


def _place(item: Any, subject: str) -> tuple[str, int, int]:
    if isinstance(item, list) and len(item) == 3 and isinstance(item[0], str):
        name, node, tensor = item
        if type(node) is int and type(tensor) is int and node >= 0 and 0 <= tensor < MOST_OUTPUTS:
            return name, node, tensor
    raise refused(f"{shorten(item)} says from which layer a tensor comes in no way that is known", subject.rstrip("/"))


def in_order(entries: dict[str, dict[str, Any]], starts: set[str], prefix: str) -> list[Place]:
    """Every call behind those that feed it, else in the order of the file. Raises Fault where that cannot be."""
    waiting: dict[Place, set[Place]] = {}
    for name, entry in entries.items():
        nodes = entry.get("inbound_nodes") or []
        for number, node in enumerate(nodes if name not in starts and isinstance(nodes, list) else []):
            if not isinstance(node, dict) or not isinstance(node.get("args"), list) or not _is_kwargs(node):
                raise refused("its calls are written as Keras 2 did", name, "load and save it with Keras 3")
            feeding = {(source[0], source[1]) for source in _histories(node, name)}
            waiting[name, number] = {place for place in feeding if place[0] not in starts}
    users: dict[Place, list[Place]] = {}
    for place, feeding in waiting.items():
        for source in feeding:
            users.setdefault(source, []).append(place)
    positions = {place: at for at, place in enumerate(waiting)}
    listed = [*waiting]
    ready = [at for place, at in positions.items() if not waiting[place]]
    heapify(ready)
    found: list[Place] = []
    while ready:
        place = listed[heappop(ready)]
        found.append(place)
        for user in users.get(place, ()):
            waiting[user].discard(place)
            if not waiting[user]:
                heappush(ready, positions[user])
    if len(found) < len(waiting):
        stuck = next(place for place in waiting if waiting[place])
        raise refused("it is fed by a layer that is not there, or by itself", prefix + stuck[0])
    return found


def _is_kwargs(node: dict[str, Any]) -> bool:
    return isinstance(node.get("kwargs") or {}, dict)


def _histories(value: Any, subject: str) -> list[tuple[str, int, int]]:
    """Where every tensor in a call comes from."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            return [_history(value, subject)]
        return [found for item in value.values() for found in _histories(item, subject)]
    if isinstance(value, list):
        return [found for item in value for found in _histories(item, subject)]
    return []


def _history(tensor: dict[str, Any], subject: str) -> tuple[str, int, int]:
    """Where a tensor comes from. Raises Fault."""
    config = tensor.get("config")
    return _place(config.get("keras_history") if isinstance(config, dict) else None, subject)


def resolved(value: Any, origins: dict[Place, list[Origin]], subject: str) -> Any:
    """A call with every tensor replaced by its origin."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            return leaving(origins, _history(value, subject), subject)
        return {key: resolved(item, origins, subject) for key, item in value.items()}
    return [resolved(item, origins, subject) for item in value] if isinstance(value, list) else value


def leaving(origins: dict[Place, list[Origin]], place: tuple[str, int, int], subject: str) -> Origin:
    found = origins.get((place[0], place[1]), [])
    if place[2] >= len(found):
        raise refused(f"there is no output {place[2]} of `{shorten(place[0])}`", subject.rstrip("/"))
    return found[place[2]]


def flat(value: Any) -> list[Origin]:
    """The tensors in a call of a model, in order."""
    if isinstance(value, tuple):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [found for item in items for found in flat(item)]


def is_tensors(value: Any) -> bool:
    """Whether a value in a call is tensors and nothing else."""
    items = value.values() if isinstance(value, dict) else value
    return isinstance(value, tuple) or (isinstance(value, (dict, list)) and all(map(is_tensors, items)))
