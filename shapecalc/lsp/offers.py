"""What is offered at each kind of place in a spec."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from shapecalc.layers.arguments.names import DTYPES, POLICIES
from shapecalc.lsp.offered_calls import (
    list_arguments,
    list_call_arguments,
    list_call_ports,
    list_entry_keys,
    list_parts,
    list_types,
    list_values,
)
from shapecalc.lsp.offered_names import (
    list_expect_keys,
    list_expected_layers,
    list_expected_values,
    list_files,
    list_layer_expect_keys,
    list_layer_names,
    list_references,
    list_rounds,
)
from shapecalc.lsp.opening import Completion, Opening, offer_words
from shapecalc.lsp.pages import INPUT_KEYS, REUSE_KEYS, TOP_KEYS
from shapecalc.model.spec import BLOCK_KEYS, MODEL_KEYS

_FORMS = {
    "layers": "layers:\n  - $0",
    "input": "input: [$0]",
    "inputs": "inputs:\n  ${1:name}: [$0]",
    "args": "args: {$0}",
    "blocks": "blocks:\n  ${1:Name}:\n    layers:\n      - $0",
    "expect": "expect: {$0}",
}
"""How keys at the top go on."""


def _list_top_keys(place: Opening) -> Iterator[Completion]:
    keys = BLOCK_KEYS if place.meaning.kind == "block key" else MODEL_KEYS
    for key in keys:
        if place.context.in_flow or place.has_colon or key not in _FORMS:
            yield Completion(key, "key", place.key(key), doc=TOP_KEYS[key])
        else:
            yield Completion(key, "key", _FORMS[key], True, doc=TOP_KEYS[key])


OF_VALUES = (
    "argument value", "call value", "condition", "rounds", "size", "batch size", "expected value", "declared argument",
)  # fmt: skip
"""Where expressions may stand."""

SOURCES: dict[str, Callable[[Opening], Iterable[Completion]]] = {
    "top key": _list_top_keys,
    "block key": _list_top_keys,
    "list of entries": list_types,
    "entry": list_types,
    "layer": list_types,
    "entry key": list_entry_keys,
    "argument": list_arguments,
    "argument value": list_values,
    "call argument": list_call_arguments,
    "call value": list_values,
    "part": list_parts,
    "reference": list_references,
    "port": list_call_ports,
    "layer name": list_layer_names,
    "condition": lambda place: offer_words(("true", "false")),
    "rounds": list_rounds,
    "expect key": list_expect_keys,
    "expect layer": list_expected_layers,
    "layer expect key": list_layer_expect_keys,
    "expected value": list_expected_values,
    "dtype": lambda place: offer_words(DTYPES if place.meaning.name else (*DTYPES, *POLICIES)),
    "input key": lambda place: (Completion(key, "key", place.key(key), doc=doc) for key, doc in INPUT_KEYS.items()),
    "reuse key": lambda place: (Completion(key, "key", place.key(key), doc=doc) for key, doc in REUSE_KEYS.items()),
    "declared argument": lambda place: offer_words(("required",)),
    "block file": list_files,
}
"""What is offered at each kind of place."""
