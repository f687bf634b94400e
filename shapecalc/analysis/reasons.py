"""Why a layer has the numbers it has, in words: what its formulas do not say by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from shapecalc.dims import size_text

if TYPE_CHECKING:
    from shapecalc.analysis.report import Row
    from shapecalc.dims import Size


class Note(str):
    """A sentence about a layer. `texts` are what stands around `sizes`: one more than there are of these."""

    __slots__ = ("sizes", "texts")
    texts: tuple[str, ...]
    sizes: tuple[Size, ...]

    def __new__(cls, first: str, *rest: Size | str) -> Note:
        """A note of texts and sizes in turns, with a text first and last."""
        texts = (first, *(text for text in rest[1::2] if isinstance(text, str)))
        sizes = tuple(size for size in rest[::2] if not isinstance(size, str))
        written = (f"{size_text(size)}{text}" for size, text in zip(sizes, texts[1:], strict=True))
        note = super().__new__(cls, first + "".join(written))
        note.texts, note.sizes = texts, sizes
        return note


Reason = Callable[[Any, "Row"], Iterator[str]]


def list_reasons(row: Row) -> list[str]:
    """What there is to say of a layer; nothing of a block, whose layers speak for themselves."""
    layer = row.node.layer
    if layer is None or row.inferred.walk is not None or row.node.entry is None:
        return []
    reasons = [reason for each in _REASONS.get(layer.type_name, ()) for reason in each(layer, row)]
    if not layer.trainable and row.params != 0 and not row.reused:
        reasons.append("`trainable: false`: training leaves its weights as they are")
    return reasons


def _name_gates(cfg: Any, row: Row) -> Iterator[str]:
    yield "4 gates stand side by side in each weight: input, forget, cell, output"


def _name_gru_gates(cfg: Any, row: Row) -> Iterator[str]:
    yield "3 gates stand side by side in each weight: update, reset, candidate"
    if cfg.use_bias and cfg.reset_after:
        yield "`reset_after: true` keeps a second bias, for the product with the state: hence 2 rows"


def _share_over_axes(cfg: Any, row: Row) -> Iterator[str]:
    shape = row.walk.feed_of(row.node)[0].shape  # type: ignore[union-attr]  # its one input
    if len(shape) > 2 and row.inferred.weights:
        axes = [part for size in shape[2:-1] for part in (" × ", size)]
        end = "), as within TimeDistributed: params do not depend on how many"
        yield Note("one kernel serves every step (", shape[1], *axes, end)


def _tell_table(cfg: Any, row: Row) -> Iterator[str]:
    yield "a table with a row for each id: looking up costs no MACs"


def _tell_window(cfg: Any, row: Row) -> Iterator[str]:
    yield "one kernel slides over all places: params do not depend on the size of the input"
    if getattr(cfg, "groups", 1) > 1:
        yield f"{cfg.groups} groups: a filter sees the channels of its own group alone"


def _tell_depthwise(cfg: Any, row: Row) -> Iterator[str]:
    yield "a window of its own for each channel: channels are not mixed"


def _tell_separable(cfg: Any, row: Row) -> Iterator[str]:
    yield "first a window for each channel, then a product that mixes channels at each place"


def _tell_moving(cfg: Any, row: Row) -> Iterator[str]:
    yield "moving_mean and moving_variance follow the batches: they are counted, and not trained"


def _tell_directions(cfg: Any, row: Row) -> Iterator[str]:
    yield "two layers, one for each direction, with weights of their own"


def _tell_heads(cfg: Any, row: Row) -> Iterator[str]:
    yield "four projections hold the weights: query, key, value, output; scores are products of queries and keys"


def _tell_groups(cfg: Any, row: Row) -> Iterator[str]:
    yield Note("", cfg.num_query_heads, " heads of queries share ", cfg.num_key_value_heads, " of keys and values")


_WINDOWS = ("Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")

_REASONS: dict[str, tuple[Reason, ...]] = {
    **dict.fromkeys(("LSTM", "LSTMCell", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), (_name_gates,)),
    **dict.fromkeys(("GRU", "GRUCell"), (_name_gru_gates,)),
    "Dense": (_share_over_axes,),
    **dict.fromkeys(("Embedding", "ReversibleEmbedding"), (_tell_table,)),
    **dict.fromkeys(_WINDOWS, (_tell_window,)),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), (_tell_depthwise,)),
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), (_tell_separable,)),
    "BatchNormalization": (_tell_moving,),
    "Bidirectional": (_tell_directions,),
    "MultiHeadAttention": (_tell_heads,),
    "GroupQueryAttention": (_tell_groups,),
}
"""By layer type."""
