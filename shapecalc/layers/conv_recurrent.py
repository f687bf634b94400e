"""Recurrent layers whose products are convolutions. https://keras.io/api/layers/recurrent_layers/"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, is_unknown, require_same
from shapecalc.layers.arguments import arg
from shapecalc.layers.base import rule
from shapecalc.layers.dtypes import require_floats
from shapecalc.layers.recurrent import Recurrent, make_sequence_outputs
from shapecalc.layers.spatial import join_axes, refuse_stride_and_dilation, slide_window
from shapecalc.layers.steps import States, check_state_count, find_step_mask, require_known_batch, require_state_mask
from shapecalc.layers.values import Inferred, Tensor, weights

_SPATIAL = {1: ("width",), 2: ("height", "width"), 3: ("depth", "height", "width")}


class ConvLSTM(Recurrent):
    """The arguments of ConvLSTM1D, ConvLSTM2D and ConvLSTM3D. The convolution over the state keeps its size."""

    gates = 4
    keeps = ("state_h", "state_c")
    rank: ClassVar[int]
    units = None  # type: ignore[assignment]
    freezes = False
    filters = arg.size(doc="Channels of the output and of the states.")
    kernel_size = arg.window(doc="Size of the window, an axis each.")
    strides = arg.window(1, doc="Steps between windows over the inputs.")
    padding = arg.choice(
        "valid", "same", any_case=True, default="valid", doc="valid: only whole windows; same: zeros at the borders."
    )
    data_format = arg.data_format()
    dilation_rate = arg.window(1, doc="Distance between the entries of the window over the inputs.")
    recurrent_activation = arg.activation("sigmoid", doc="Activation of the gates.")
    unit_forget_bias = arg.flag(True, doc="Start the forget gate's bias at one.")

    @property
    def states(self) -> States:
        return tuple((name, self.filters) for name in self.keeps)

    @property
    def biases(self) -> tuple[Size, ...]:
        return (self.gates * self.filters,)


class ConvLSTM1D(ConvLSTM):
    """An LSTM over rows of features. https://keras.io/api/layers/recurrent_layers/conv_lstm1d/

    Input (batch, time, width, channels); output (batch, new width, filters), with a time axis if `return_sequences`.
    Shi et al., 2015.
    """

    rank = 1


class ConvLSTM2D(ConvLSTM):
    """An LSTM over images. https://keras.io/api/layers/recurrent_layers/conv_lstm2d/

    Input (batch, time, height, width, channels); output (batch, new height, new width, filters), with a time axis if
    `return_sequences`. Shi et al., 2015.
    """

    rank = 2


class ConvLSTM3D(ConvLSTM):
    """An LSTM over volumes. https://keras.io/api/layers/recurrent_layers/conv_lstm3d/

    Input (batch, time, depth, height, width, channels); output (batch, new depth, new height, new width, filters), with
    a time axis if `return_sequences`. Shi et al., 2015.
    """

    rank = 3


@rule(ConvLSTM)
def conv_lstm(
    cfg: ConvLSTM, sequences: Tensor, initial_state: Sequence[Tensor] = (), mask: Tensor | None = None
) -> Inferred:
    batch, time, spatial, channels = _split_axes(cfg, sequences)
    _refuse(cfg, sequences, spatial)
    slots = slide_window(spatial, cfg.kernel_size, cfg.strides, cfg.padding, cfg.dilation_rate)
    step = join_axes(cfg, batch, slots, cfg.filters)
    if initial_state:
        _check_states(cfg, initial_state, step)
    masked = find_step_mask(sequences, mask, initial_state=initial_state)
    require_state_mask(masked, step)
    require_known_batch(cfg.stateful, batch)
    width = cfg.gates * cfg.filters
    kernel, recurrent = (*cfg.kernel_size, channels, width), (*cfg.kernel_size, cfg.filters, width)
    states = {name: Tensor(step, masked=False) for name in cfg.keeps}
    return Inferred(
        outputs=make_sequence_outputs(cfg, time, step, states, masked),
        weights=weights(kernel=kernel, recurrent_kernel=recurrent, bias=cfg.biases if cfg.use_bias else None),
        macs={"kernel": (time, *slots, *kernel), "recurrent_kernel": (time, *slots, *recurrent)},
    )


def _split_axes(cfg: ConvLSTM, sequences: Tensor) -> tuple[Size, Size, tuple[Size, ...], Size]:
    """The batch axis, time, the spatial axes and the channels, wherever `data_format` puts them."""
    names = _SPATIAL[cfg.rank]
    if cfg.data_format == "channels_first":
        batch, time, channels, *spatial = sequences.shape.axes("batch", "time", "channels", *names)
    else:
        batch, time, *spatial, channels = sequences.shape.axes("batch", "time", *names, "channels")
    return batch, time, tuple(spatial), channels


def _refuse(cfg: ConvLSTM, sequences: Tensor, spatial: tuple[Size, ...]) -> None:
    require_floats(sequences, "sequences", subject="a convolution")
    refuse_stride_and_dilation(cfg)
    if any(is_unknown(size) for size in spatial):
        names = " and ".join(_SPATIAL[cfg.rank])
        raise ShapeError(
            f"needs to know {names}, got {sequences.shape}",
            input="sequences",
            code="SC403",
            help="give them numbers, or names such as `W`, in the input's shape: the states need a size to start with",
        )


def _check_states(cfg: ConvLSTM, states: Sequence[Tensor], step: Shape) -> None:
    check_state_count(states, cfg.states)
    help = f"feed the states of a `{type(cfg).__name__}` with the same output size: `[one.state_h, one.state_c]`"
    for position, (name, state) in enumerate(zip(cfg.keeps, states, strict=True)):
        message = f"{name} needs the shape {step}, got {state.shape}"
        if state.shape.ndim != step.ndim:
            raise ShapeError(message, input="initial_state", item=position, help=help)
        for wanted, size in zip(step, state.shape, strict=True):
            require_same(wanted, size, message, input="initial_state", item=position, help=help)
