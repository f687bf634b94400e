"""The calls in a functional config: in which order they come, and which outputs of other calls they are fed."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Any, TypeAlias

from shapecalc.diagnostics import shorten
from shapecalc.formats.flat_model import MOST_OUTPUTS, Source, Tensors, refusal
from shapecalc.formats.keras.reading.records import note_tensor

CallKey: TypeAlias = tuple[str, int]
"""A layer of one model, and which of its calls."""


def read_sources(value: Any, prefix: str) -> list[Source]:
    """The outputs that `["x", 0, 0]` names, or a list or mapping of such, in Keras's order. Raises Fault."""
    sources = [_read_source(item, prefix) for item in _list_ends(value)]
    if not sources:
        raise refusal("the model lists no inputs or no outputs", prefix.rstrip("/"))
    return sources


def list_keys(value: Any) -> list[str]:
    """The keys of inputs or outputs that are a mapping, in Keras's order."""
    return sorted(value) if isinstance(value, dict) else []


def _list_ends(value: Any) -> list[Any]:
    """What stands in lists and mappings of `["x", 0, 0]`; Keras takes a mapping by the order of its keys."""
    if isinstance(value, dict):
        return [end for key in sorted(value) for end in _list_ends(value[key])]
    if isinstance(value, list) and value and all(isinstance(item, (list, dict)) for item in value):
        return [end for item in value for end in _list_ends(item)]
    return [value] if value else []


def _read_source(item: Any, subject: str) -> Source:
    if isinstance(item, list) and len(item) == 3 and isinstance(item[0], str):
        name, call, position = item
        if type(call) is int and type(position) is int and call >= 0 and 0 <= position < MOST_OUTPUTS:
            return name, call, position
    raise refusal(f"{shorten(item)} says from which layer a tensor comes in no way that is known", subject.rstrip("/"))


def order_calls(entries: dict[str, dict[str, Any]], starts: set[str], prefix: str) -> list[CallKey]:
    """Every call, after those that feed it and else in the order of the file. Raises Fault where that cannot be."""
    waiting = _feeding_calls(entries, starts)
    users: dict[CallKey, list[CallKey]] = {}
    for call, feeding in waiting.items():
        for source in feeding:
            users.setdefault(source, []).append(call)
    listed = [*waiting]
    positions = {call: position for position, call in enumerate(listed)}
    ready = [positions[call] for call in listed if not waiting[call]]
    heapify(ready)
    ordered: list[CallKey] = []
    while ready:
        call = listed[heappop(ready)]
        ordered.append(call)
        for user in users.get(call, ()):
            waiting[user].discard(call)
            if not waiting[user]:
                heappush(ready, positions[user])
    if len(ordered) < len(waiting):
        stuck = next(call for call in waiting if waiting[call])
        raise refusal("it is fed by a layer that is not there, or by itself", prefix + stuck[0])
    return ordered


def _feeding_calls(entries: dict[str, dict[str, Any]], starts: set[str]) -> dict[CallKey, set[CallKey]]:
    """For each call, in the order of the file, those that it is fed by; the inputs in `starts` are not calls."""
    feeding: dict[CallKey, set[CallKey]] = {}
    for name, entry in entries.items():
        nodes = entry.get("inbound_nodes") or []
        for number, node in enumerate(nodes if name not in starts and isinstance(nodes, list) else []):
            if not isinstance(node, dict) or not isinstance(node.get("args"), list) or not _is_kwargs(node):
                raise refusal("a call of it is written in no way that is known", name)
            feeding[name, number] = {(layer, call) for layer, call, _ in _histories(node, name) if layer not in starts}
    return feeding


def _is_kwargs(node: dict[str, Any]) -> bool:
    return isinstance(node.get("kwargs") or {}, dict)


def _histories(value: Any, subject: str) -> list[Source]:
    """The source of every tensor in a call."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            return [_history(value, subject)]
        return [source for item in value.values() for source in _histories(item, subject)]
    if isinstance(value, list):
        return [source for item in value for source in _histories(item, subject)]
    return []


def _history(tensor: dict[str, Any], subject: str) -> Source:
    """The source of a tensor. Raises Fault."""
    config = tensor.get("config")
    return _read_source(config.get("keras_history") if isinstance(config, dict) else None, subject)


def put_in_sources(value: Any, outputs: dict[CallKey, list[Source]], subject: str, records: Tensors) -> Any:
    """A call with every tensor replaced by its source in the flat model, out of the `outputs` of the calls before.

    What the file records of the tensors is added to `records`.
    """
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            source = find_source(outputs, _history(value, subject), subject)
            note_tensor(records, source, value["config"])
            return source
        return {key: put_in_sources(item, outputs, subject, records) for key, item in value.items()}
    if isinstance(value, list):
        return [put_in_sources(item, outputs, subject, records) for item in value]
    return value


def find_source(outputs: dict[CallKey, list[Source]], named: Source, subject: str) -> Source:
    """The source in the flat model that a model's own names stand for. Raises Fault where there is none."""
    layer, call, position = named
    sources = outputs.get((layer, call), [])
    if position >= len(sources):
        raise refusal(f"there is no output {position} of `{shorten(layer)}`", subject.rstrip("/"))
    return sources[position]


def list_sources(value: Any) -> list[Source]:
    """The sources in a call, in order."""
    if isinstance(value, tuple):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [source for item in items for source in list_sources(item)]


def is_tensors(value: Any) -> bool:
    """Whether a value in a call is tensors and nothing else."""
    items = value.values() if isinstance(value, dict) else value
    return isinstance(value, tuple) or (isinstance(value, (dict, list)) and all(map(is_tensors, items)))
