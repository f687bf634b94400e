"""Masks, which travel otherwise in Keras 2: where a layer obeyed another than it would in Keras 3, it is fed by hand.

Keras 2 obeys the mask of a sequence also where an initial state is fed, and joins the masks of tensors that are added,
leaving out who has none; Keras 3 then has no mask. Neither passes masks on through functions.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from shapecalc.formats.flat_model import refusal
from shapecalc.formats.keras.reading.keras2.writer import Json, Writer, is_entry, is_tensor, tensor
from shapecalc.formats.keras.reading.nodes import CallKey, order_calls
from shapecalc.layers.catalogue import find

RECURRENT = ("Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "GRU", "LSTM", "RNN", "SimpleRNN")
"""Layers whose states Keras 2 lists after what they are fed."""

_OBEYING = (*RECURRENT, "Attention", "AdditiveAttention", "GlobalAveragePooling1D", "MultiHeadAttention")
_FED_BY_HAND = (*RECURRENT, "GlobalAveragePooling1D")
_MERGING = ("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract")
_STOPPED_BY_KERAS2 = ("Identity", "Normalization", "Rescaling")
_KERAS3_ALONE = frozenset({"a mask that Keras 3 alone would make"})
_WITHIN = "a mask that starts in a model within"


class Comparison(NamedTuple):
    """What a mask compares: whether a tensor is not `value`, or with `features` whether any of its features is not."""

    compared: tuple[str, int, int]
    value: float
    features: bool


Mask: TypeAlias = "frozenset[Comparison | str] | None"
"""Of a tensor: all comparisons hold; None where it has no mask."""


def starts_mask(entry: Json) -> bool:
    """Whether a layer starts a mask, or one within a model does."""
    inner = entry["config"].get("layers")
    if isinstance(inner, list):
        return any(starts_mask(layer) for layer in inner if is_entry(layer))
    return bool(entry["class_name"] == "Masking" or entry["config"].get("mask_zero"))


def feed_masks(entries: dict[str, Json], starts: set[str], writer: Writer) -> None:
    """Adds the mask of Keras 2 to each call that Keras 3 would give another. Raises Fault."""
    masks = _Masks(writer)
    for name, number in order_calls(entries, starts, ""):
        masks.visit(entries[name], entries[name]["inbound_nodes"][number], (name, number))


class _Masks:
    """The masks of the tensors of a model in Keras 2, and in Keras 3."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.keras2: dict[CallKey, Mask] = {}
        self.keras3: dict[CallKey, Mask] = {}
        self.written: dict[Comparison, Json] = {}

    def visit(self, entry: Json, node: Json, call: CallKey) -> None:
        """Follows the masks through a call, and feeds it one where that is needed. Raises Fault."""
        fed = _tensors_of(node["args"])
        class_name = entry["class_name"]
        if starts_mask(entry) and fed:
            value = entry["config"].get("mask_value", 0)
            compared = Comparison(fed[0], value if isinstance(value, (int, float)) else 0, class_name == "Masking")
            is_model = "layers" in entry["config"]
            self.keras2[call] = self.keras3[call] = frozenset({_WITHIN if is_model else compared})
            return
        before2 = [self.keras2.get(source[:2]) if source[2] == 0 else None for source in fed]
        before3 = [self.keras3.get(source[:2]) if source[2] == 0 else None for source in fed]
        if class_name in _OBEYING:
            self.feed(entry, node, call[0], before2, before3)
        if class_name in _MERGING:
            self.keras2[call], self.keras3[call] = _join(before2), _join_as_keras3(before3)
        elif before2 and _passes(entry):
            self.keras2[call] = None if class_name in _STOPPED_BY_KERAS2 else before2[0]
            self.keras3[call] = self.keras2[call] if class_name in _FED_BY_HAND else before3[0]

    def feed(self, entry: Json, node: Json, name: str, before2: list[Mask], before3: list[Mask]) -> None:
        """Feeds a call the mask that Keras 2 would obey, where Keras 3 would obey another. Raises Fault."""
        given, class_name = node["kwargs"], entry["class_name"]
        if given.get("mask") is not None or not before2:
            return
        obeyed3 = [None] if class_name in RECURRENT and _tensors_of(given.get("initial_state")) else before3
        obeyed2 = before2[:1] if class_name in RECURRENT else before2
        if obeyed2 == obeyed3[: len(obeyed2)]:
            return
        mask = obeyed2[0]
        if class_name not in _FED_BY_HAND or mask is None or _WITHIN in mask:
            raise refusal("its mask is another in Keras 3 than in Keras 2", name, "feed it its mask, in Keras")
        self.writer.position = entry.get("position")
        node["kwargs"] = {**given, "mask": self.write(mask)}

    def write(self, mask: frozenset[Comparison | str]) -> Json:
        """The tensor that a mask is."""
        sides = [self.compare(side) for side in sorted(mask, key=str) if isinstance(side, Comparison)]
        joined = sides[0]
        for side in sides[1:]:
            joined = self.writer.op("logical_and", joined, side)
        return joined

    def compare(self, comparison: Comparison) -> Json:
        """The tensor of a comparison, written once. The value stands first: `x != 0` is what comes along by itself."""
        if comparison not in self.written:
            compared = self.writer.op("not_equal", comparison.value, tensor(*comparison.compared))
            self.written[comparison] = self.writer.op("any", compared, axis=-1) if comparison.features else compared
        return self.written[comparison]


def _join(masks: list[Mask]) -> Mask:
    """The mask of merged tensors in Keras 2: a step is kept that every mask keeps."""
    return frozenset().union(*[mask for mask in masks if mask is not None]) or None


def _join_as_keras3(masks: list[Mask]) -> Mask:
    """The mask of merged tensors in Keras 3, where a step is kept that any mask keeps."""
    if all(mask is None for mask in masks) or len({*masks}) == 1:
        return masks[0] if masks else None
    return None if None in masks else _KERAS3_ALONE


def _passes(entry: Json) -> bool:
    """Whether a layer passes the mask of what it is fed on, in Keras 3."""
    if entry["class_name"] in RECURRENT:
        inner = entry["config"].get("layer")
        config = inner["config"] if is_entry(inner) else entry["config"]
        return bool(config.get("return_sequences"))
    layer_type = find(entry["class_name"]) if not str(entry.get("module")).endswith(".ops") else None
    return layer_type is not None and layer_type.masking == "pass"


def _tensors_of(value: Any) -> list[tuple[str, int, int]]:
    """The tensors in a value."""
    if is_tensor(value):
        name, call, position = value["config"]["keras_history"]
        return [(name, call, position)]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [found for item in items for found in _tensors_of(item)]
