"""LSTMs over lines, images and volumes: a convolution scanned over the steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shapecalc.formats.onnx.writing.activations import activate
from shapecalc.formats.onnx.writing.base import Masks, Value, WeightView, number, number_type, writer
from shapecalc.formats.onnx.writing.casts import as_bool
from shapecalc.formats.onnx.writing.convolution import filters_first
from shapecalc.formats.onnx.writing.recurrent import (
    bias_initializer,
    choose_mask,
    close_lstm,
    keep_masked,
    select_outputs,
)
from shapecalc.formats.onnx.writing.windows import channels_first, restore_format, slide, spans
from shapecalc.layers.infer import infer

if TYPE_CHECKING:
    from shapecalc.formats.onnx.writing.nodes import Nodes
    from shapecalc.layers.conv_recurrent import ConvLSTM


@writer("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", masks=True)
def conv_lstm(
    nodes: Nodes,
    cfg: ConvLSTM,
    weight: WeightView,
    sequences: Value,
    initial_state: tuple[Value, ...] = (),
    mask: Value | None = None,
    masks: Masks = (),
) -> tuple[Value, ...]:
    x = nodes.cast(sequences, cfg.compute_dtype)
    mask = choose_mask(mask, masks, initial_state)
    kept = None if mask is None else as_bool(nodes, mask)
    if cfg.go_backwards:
        x = nodes.reverse(x, 1)
        kept = None if kept is None else nodes.reverse(kept, 1)
    dtype, filters = number_type(cfg.compute_dtype), number(cfg.filters, "`filters`")
    channels = number(x.shape[2 if cfg.data_format == "channels_first" else -1], "the number of its channels")
    kernel = weight("kernel", (*cfg.kernel_size, channels, 4 * filters), cfg.kernel_initializer).astype(dtype)
    recurrent = weight("recurrent_kernel", (*cfg.kernel_size, filters, 4 * filters), cfg.recurrent_initializer)
    held = nodes.weight(weight, "kernel", filters_first(kernel))
    held_recurrent = nodes.weight(weight, "recurrent_kernel", filters_first(recurrent.astype(dtype)))
    bias = None
    if cfg.use_bias:
        bias = nodes.weight(weight, "bias", weight("bias", (4 * filters,), bias_initializer(cfg)).astype(dtype))
    fed = sequences.tensor._replace(values=None)
    state = infer(cfg.replace(return_state=True), (fed, (), None)).outputs["state_h"].shape
    states = tuple(nodes.cast(one, x.dtype) for one in initial_state) or (nodes.full(0.0, state, x.dtype),) * 2
    reach = spans(cfg.kernel_size, [1] * len(cfg.kernel_size))
    borders = [*((span - 1) // 2 for span in reach), *(span - 1 - (span - 1) // 2 for span in reach)]

    def act(name: str | None, y: Value) -> Value:
        """The activation, on Keras's last axis where it looks at one."""
        return channels_first(nodes, cfg, activate(nodes, name, restore_format(nodes, cfg, y)))

    def step(before: list[Value], entries: list[Value]) -> tuple[Sequence[Value], Sequence[Value]]:
        frame = channels_first(nodes, cfg, entries[0])
        frame, attributes = slide(nodes, cfg, frame, cfg.kernel_size, cfg.strides, cfg.dilation_rate)
        projected = nodes.op("Conv", frame, held, bias, **attributes)
        h, c = (channels_first(nodes, cfg, one) for one in before)
        again = nodes.op("Conv", h, held_recurrent, kernel_shape=list(cfg.kernel_size), pads=borders)
        gates = nodes.split(nodes.op("Add", projected, again), [filters] * 4, 1)
        after = tuple(restore_format(nodes, cfg, one) for one in close_lstm(act, nodes, cfg, gates, c))
        if kept is not None:
            after = keep_masked(nodes, entries[1], before, after)
        return after, after[:1]

    last, hidden = nodes.scan(step, states, [x, *([] if kept is None else [kept])])
    output = select_outputs(nodes, hidden[0], last[0], kept, cfg, bool(initial_state))
    return (output, *last) if cfg.return_state else (output,)
