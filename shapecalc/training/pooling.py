"""What the layers of layers/pooling.py keep for the backward pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.training.array import Array, make_array
from shapecalc.training.elementwise import choose, divide, make_scalar
from shapecalc.training.keeping import keeps
from shapecalc.training.reductions import average, reduce_shape
from shapecalc.training.tape import Tape
from shapecalc.training.views import expand_dims
from shapecalc.training.windows import finish_pool, pool, put_channels_first, put_channels_last

if TYPE_CHECKING:
    from shapecalc.layers.pooling import AdaptivePool, GlobalPool, WindowPool

_RANKS = ("1D", "2D", "3D")


@keeps(*(f"{kind}Pooling{rank}" for kind in ("Max", "Average") for rank in _RANKS))
def window_pool(cfg: WindowPool, tape: Tape, inputs: Array) -> Array:
    """The input, stored with its channels first; of a maximum also where it stood."""
    is_first, is_maximum = cfg.data_format == "channels_first", cfg.type_name.startswith("Max")
    return pool(tape, inputs, cfg.pool_size, cfg.strides or cfg.pool_size, cfg.padding, is_first, is_maximum)


@keeps(*(f"Adaptive{kind}Pooling{rank}" for kind in ("Max", "Average") for rank in _RANKS))
def adaptive_pool(cfg: AdaptivePool, tape: Tape, inputs: Array) -> Array:
    """As a pool over windows."""
    is_first, is_maximum = cfg.data_format == "channels_first", "Max" in cfg.type_name
    x = inputs if is_first else put_channels_first(inputs)
    if not is_maximum and set(cfg.output_size) == {1}:
        # PyTorch takes this for a mean.
        output = average(x, range(2, x.ndim), name="pool")
        return output if is_first else put_channels_last(output)
    slots = [size if wanted is None else wanted for size, wanted in zip(x.shape[2:], cfg.output_size, strict=True)]
    return finish_pool(tape, x, slots, is_first, is_maximum)


@keeps(*(f"Global{kind}Pooling{rank}" for kind in ("Max", "Average") for rank in _RANKS))
def global_pool(cfg: GlobalPool, tape: Tape, inputs: Array, mask: Array | None = None) -> Array:
    """A maximum needs its input and itself; an average nothing, or its mask and what it counts."""
    is_first = cfg.data_format == "channels_first"
    axes = range(2, 2 + cfg.rank) if is_first else range(1, 1 + cfg.rank)
    mask = tape.find_mask(mask) if cfg.type_name == "GlobalAveragePooling1D" else None
    if mask is None:
        output = average(inputs, axes, cfg.keepdims, "pool")
        if inputs.needs_grad and "Max" in cfg.type_name:
            tape.save(inputs)
            tape.save(output, "maxima")
        return output
    shown = expand_dims(mask, 1 if is_first else 2)
    total = average(choose(tape, shown, inputs, make_scalar(inputs.dtype)), axes, cfg.keepdims, "sum")
    count = make_array("steps counted", reduce_shape(shown.shape, axes, cfg.keepdims), inputs.dtype)
    return divide(tape, total, count, "pool")
