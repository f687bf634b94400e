"""The registry of forwards, and `apply`, which runs one. Forwards get configs and import nothing of layers/."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shapecalc.forward.memory import Memory, copy_memory, half_memory
from shapecalc.forward.weights import Weights

if TYPE_CHECKING:
    from shapecalc.layers.base import Layer

Array: TypeAlias = NDArray[Any]
Fed: TypeAlias = "Array | tuple[Array, ...] | None"
Forward: TypeAlias = Callable[..., "Array | tuple[Array, ...]"]
MaskRule: TypeAlias = Callable[..., "Array | tuple[Array | None, ...] | None"]


class CannotRun(ValueError):
    """A layer that a rule accepts and no forward can compute; `help` says what to change."""

    def __init__(self, message: str, *, code: str, help: str) -> None:
        super().__init__(message)
        self.code = code
        self.help = help


def refuse_training(message: str) -> None:
    """Raises CannotRun for a layer that is called as in training, where that changes its numbers."""
    raise CannotRun(message, code="SC206", help="leave `training` out of its call: a forward pass is inference")


_FORWARDS: dict[str, Forward] = {}
_MEMORY: dict[str, Memory] = {}
_WANT_MASKS: set[str] = set()
_WANT_DTYPES: set[str] = set()
_MASK_RULES: dict[str, MaskRule] = {}


def forward(
    *types: str, masks: bool = False, dtypes: bool = False, memory: Memory = copy_memory
) -> Callable[[Forward], Forward]:
    """Registers `function(cfg, weight, *feed) -> array or tuple of arrays` (in port order) for layer types.

    With `masks` it is also given `masks=`, port by port as the feed: boolean (batch, time) arrays, or None.
    With `dtypes` it is also given `dtypes=`: those that its outputs should have, none where nobody knows.
    `memory` states what a call takes beside its inputs, weights and outputs.
    """

    def register(function: Forward) -> Forward:
        for name in types:
            _FORWARDS[name] = function
            _MEMORY[name] = memory
            if masks:
                _WANT_MASKS.add(name)
            if dtypes:
                _WANT_DTYPES.add(name)
        return function

    return register


def mask_rule(*types: str) -> Callable[[MaskRule], MaskRule]:
    """Registers `function(cfg, feed, masks) -> mask, None, or one for each output` for layers that change masks.

    `masks` has an entry for each port that is fed, None where no mask came with the input.
    """

    def register(function: MaskRule) -> MaskRule:
        for name in types:
            _MASK_RULES[name] = function
        return function

    return register


def _find_name(config_type: type) -> str:
    """The name under which a type's forward is registered; imports the module of its family first."""
    import_module(f"shapecalc.forward.{config_type.__module__.split('.', 2)[2]}")
    return _name_type(config_type)


def _name_type(config_type: type) -> str:
    """The name of a type's class; of an operator of ONNX, `onnx.Add`, since Keras has an Add of its own."""
    name: str = getattr(config_type, "type_name", "")
    return name if name.startswith("onnx.") else config_type.__name__


def has_forward(config_type: type) -> bool:
    """Whether a type has a forward; one whose rule refuses every call has none."""
    module = f"shapecalc.forward.{config_type.__module__.split('.', 2)[2]}"
    return find_spec(module) is not None and _find_name(config_type) in _FORWARDS


def working_memory(cfg: Layer, feed: tuple[Any, ...], inferred: Any) -> int:
    """Bytes that a call takes beside its inputs, weights and outputs while it computes. Shapes are numbers."""
    return _MEMORY[_find_name(type(cfg))](cfg, feed, inferred) + half_memory(cfg, feed, inferred)


def apply(
    cfg: Layer, weight: Weights, *feed: Fed, masks: tuple[Any, ...] = (), dtypes: tuple[Any, ...] = ()
) -> tuple[Array, ...]:
    """The outputs of one call, one array a port; `weight` is the view at this layer's own path.

    A layer with a port `mask?` that was fed none gets the mask that came with its first input.
    """
    name = _find_name(type(cfg))
    wanted: dict[str, Any] = {}
    if masks and name in _WANT_MASKS:
        wanted["masks"] = masks
    if dtypes and name in _WANT_DTYPES:
        wanted["dtypes"] = dtypes
    outputs = _FORWARDS[name](cfg, weight.of_dtype(cfg.variable_dtype), *_add_mask(cfg, feed, masks), **wanted)
    return outputs if isinstance(outputs, tuple) else (outputs,)


def _add_mask(cfg: Layer, feed: tuple[Fed, ...], masks: tuple[Any, ...]) -> tuple[Fed, ...]:
    """The feed, with the mask of the first input on a port `mask?` that was fed nothing."""
    if not masks or masks[0] is None or "mask?" not in cfg.ports:
        return feed
    position = cfg.ports.index("mask?")
    if len(feed) > position and feed[position] is not None:
        return feed
    optional = [() if port.endswith("*") else None for port in cfg.ports[len(feed) : position]]
    return (*feed[:position], *optional, masks[0])


def output_masks(cfg: Layer, feed: tuple[Fed, ...], masks: tuple[Any, ...], outputs: int) -> tuple[Array | None, ...]:
    """The mask of each output: by the type's own rule, else the first mask of the inputs where masks pass."""
    rule = _MASK_RULES.get(_name_type(type(cfg)))
    if rule is None:
        came = (mask for mask in flatten_masks(masks) if mask is not None)
        return (next(came, None) if cfg.masking == "pass" else None,) * outputs
    masks_left = rule(cfg, feed, masks or _make_no_masks(feed))
    return masks_left if isinstance(masks_left, tuple) else (masks_left,) * outputs


def _make_no_masks(feed: tuple[Fed, ...]) -> tuple[Any, ...]:
    """None for each tensor of a feed, port by port."""
    return tuple((None,) * len(port) if isinstance(port, tuple) else None for port in feed)


def fed_mask(feed: tuple[Any, ...], position: int, masks: tuple[Any, ...]) -> Any:
    """The mask fed on the port at `position`, else what came with the first input."""
    fed = feed[position] if len(feed) > position else None
    return masks[0] if fed is None else fed


def makes_mask(cfg: Layer) -> bool:
    """Whether a layer may give masks where its inputs have none."""
    return _name_type(type(cfg)) in _MASK_RULES


def flatten_masks(masks: tuple[Any, ...]) -> list[Array | None]:
    """Masks port by port, those of a list of tensors one after the other."""
    return [mask for port in masks for mask in (port if isinstance(port, tuple) else (port,))]


def cast_floats(values: Fed, dtype: str) -> Array:
    """Floating inputs in the layer's own precision, as Keras casts them; others as they are."""
    array = np.asarray(values)
    return array.astype(dtype, copy=False) if array.dtype.kind == "f" else array
