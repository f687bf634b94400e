"""Layers that apply another layer. https://keras.io/api/layers/recurrent_layers/"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeVar

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, broadcast_shapes, require_same
from shapecalc.layers import nested
from shapecalc.layers.arguments import arg
from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.layers.arguments.words import ChoiceKind
from shapecalc.layers.base import Layer, rule
from shapecalc.layers.catalogue import CATALOGUE
from shapecalc.layers.core import Dense, dense
from shapecalc.layers.dtypes import find_result_type, is_float
from shapecalc.layers.infer import infer
from shapecalc.layers.recurrent import RNN, Recurrent
from shapecalc.layers.steps import find_step_mask
from shapecalc.layers.values import Inferred, Inner, Tensor, Weight, fixed

ItemT = TypeVar("ItemT")


class MergeKind(ChoiceKind):
    """A choice that may be null although its default is not."""

    def read(self, value: object, owner: type) -> Any:
        return None if value is None else super().read(value, owner)

    def schema(self, owner: type) -> dict[str, Any]:
        from shapecalc.layers.arguments.schemas import allow_null

        return allow_null(super().schema(owner))


class TimeDistributed(Layer):
    """Applies one layer, with one set of weights, to every step of a sequence.

    Input (batch, time, ...), or several for a layer or block that takes several; the layer sees (batch, ...) and its
    outputs get the time axis back. https://keras.io/api/layers/recurrent_layers/time_distributed/
    """

    ports = ("inputs", "mask?")
    widest_ports = ("inputs+", "mask?")
    freezes = False
    layer = nested.layer(doc="What is applied to each step.")

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        ports = values["layer"].ports if "layer" in values else ()
        needed = [port for port in ports if port[-1] not in "?*"]
        if len(needed) > 1 or any(port.endswith("+") for port in needed):
            self.ports = self.widest_ports  # type: ignore[misc]  # as many as the layer takes

    @property
    def masks_steps(self) -> bool:
        """Whether the layer looks at a mask of its own, which must then have more axes than (batch, time)."""
        return "mask?" in self.layer.ports and self.layer.type_name != "BatchNormalization"

    def sort_feed(self, items: Sequence[ItemT]) -> tuple[ItemT | tuple[ItemT, ...], ...]:
        """The layer's feed: `items` in the order of its ports. Raises ShapeError where they do not fit."""
        return _sort_by_port(self.layer, items)


class TimeDistributedDense(Dense):
    """A Dense for every step of a sequence, as Keras 1 had it.

    Input (batch, time, ..., features), output (batch, time, ..., units).
    https://keras.io/api/layers/recurrent_layers/time_distributed/
    """

    deprecated = "TimeDistributed: {layer: {Dense: ...}}"


class Bidirectional(Layer):
    """A recurrent layer read in both directions. https://keras.io/api/layers/recurrent_layers/bidirectional/

    Input (batch, time, features); output (batch, 2 * units) with `concat`, (batch, units) with the other modes, one of
    each direction with null; with a time axis if the layer returns sequences. States: forward's, then backward's.
    Schuster & Paliwal, 1997.
    """

    ports = Recurrent.ports
    freezes = False
    layer = nested.layer(doc="A recurrent layer.")
    merge_mode: arg.Arg[str | None] = arg.Arg(
        MergeKind(("concat", "sum", "mul", "ave")), "concat", "How the directions are joined; null outputs both."
    )
    weights = arg.value(None, "Starting values: refused, since a spec holds no weights.")
    backward_layer = arg.optional(nested.layer(doc="Reads from the end, in place of a copy of `layer`."))

    @property
    def forward(self) -> Layer:
        """The layer that reads from the start."""
        name = "forward_" + self.layer.label.removeprefix("forward_")
        return _turn(_copy(self.layer), name, self.layer.go_backwards)  # type: ignore[attr-defined]

    @property
    def backward(self) -> Layer:
        """The layer that reads from the end."""
        given = self.backward_layer
        if given is None:
            return _turn(_copy(self.layer), "backward_" + self.layer.label.removeprefix("backward_"), True)
        clashes = given.name is None or given.name == self.forward.label
        return _turn(given, "backward_" + given.label if clashes else given.label, given.go_backwards)  # type: ignore[attr-defined]


class Pipeline(Layer):
    """Layers one after the other, as one. https://keras.io/api/layers/preprocessing_layers/

    Input and output are those of the first and the last layer. It computes nothing itself and has no dtype of its own.
    """

    freezes = False
    layers = nested.layers(doc="The layers; the first one is fed the inputs.")
    trainable = None  # type: ignore[assignment]
    dtype = None  # type: ignore[assignment]
    compute_dtype = "float32"
    variable_dtype = "float32"

    @property
    def labels(self) -> tuple[str, ...]:
        """The layers' names."""
        return nested.number_labels(self.layers)


class SpectralNormalization(Layer):
    """A layer whose kernel training divides by its largest singular value, which power iteration finds.

    Input and output are the layer's, the output in the input's dtype; a forward pass uses the kernel as it stands.
    Miyato et al., 2018. https://keras.io/api/layers/normalization_layers/spectral_normalization/
    """

    freezes = False
    layer = nested.layer(doc="A layer with a `kernel`, or with `embeddings`.")
    power_iterations = arg.count(1, "Steps of the power iteration at each training step.")


def _sort_by_port(layer: Layer, items: Sequence[ItemT]) -> tuple[ItemT | tuple[ItemT, ...], ...]:
    rest = list(items)
    feed: list[ItemT | tuple[ItemT, ...]] = []
    short = False
    for port in layer.ports:
        if port[-1] in "+*":
            short = short or (port[-1] == "+" and len(rest) < 1)
            feed.append(tuple(rest))
            rest = []
        elif rest:
            feed.append(rest.pop(0))
        else:
            short = short or port[-1] != "?"
            break
    if rest or short:
        names = ", ".join(port.rstrip("+*") for port in layer.ports if port[-1] != "?") or "nothing"
        message = f"the layer `{layer.label}` takes {names}, it is fed {len(items)}"
        raise ShapeError(message, arg="layer", code="SC306", help="list what it takes in `from`, in that order")
    return tuple(feed)


@lru_cache(maxsize=4096)
def _copy(layer: Layer) -> Layer:
    """A layer as Keras makes it anew of its config, which does not say how products are grouped."""
    return layer.replace(implementation=2) if hasattr(layer, "implementation") else layer


@lru_cache(maxsize=4096)
def _turn(layer: Layer, name: str, go_backwards: bool) -> Layer:
    """A copy that reads one way; Keras makes masked steps of a bidirectional sequence zeros."""
    return layer.replace(name=name, go_backwards=go_backwards, zero_output_for_mask=layer.return_sequences)  # type: ignore[attr-defined]


@rule(TimeDistributed)
def time_distributed(cfg: TimeDistributed, inputs: Tensor | Sequence[Tensor], mask: Tensor | None = None) -> Inferred:
    tensors = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    batch, time, *_ = tensors[0].shape.axes("batch", "time", ..., "features")
    steps = []
    for tensor in tensors:
        rows, length, middle, features = tensor.shape.axes("batch", "time", ..., "features")
        require_same(batch, rows, f"needs one batch size, got {batch} and {rows}", input="inputs")
        require_same(time, length, f"needs as many steps in every input, got {time} and {length}", input="inputs")
        dtype = cfg.compute_dtype if is_float(tensor.dtype) else tensor.dtype
        steps.append(Tensor(Shape((batch, *middle, features)), dtype, False, tensor.numbers))
    step = find_step_mask(tensors[0], mask, "inputs")
    masked = False if step is None else step.shape
    if step is not None and step.shape.ndim != 2:
        steps[0] = steps[0]._replace(masked=Shape((batch, *step.shape[2:])))
    elif step is not None and cfg.masks_steps:
        _refuse_step_mask(cfg)
    inner = infer(cfg.layer, cfg.sort_feed(steps))
    _refuse_several(cfg, inner)
    outputs = {
        port: Tensor(Shape((batch, time, *out.shape[1:])), _promote(cfg, out.dtype), masked)
        for port, out in inner.outputs.items()
    }
    return Inferred(outputs=outputs, inner=(Inner(cfg.layer.label, inner, calls=time),))


def _promote(cfg: TimeDistributed, dtype: str | None) -> str | None:
    """Keras casts to the wrapper's precision and runs the layer as it is: the wider of the two comes out."""
    return find_result_type(cfg.compute_dtype, dtype) if dtype is not None and is_float(dtype) else dtype


def _refuse_step_mask(cfg: TimeDistributed) -> None:
    raise ShapeError(
        f"the mask says which steps count; {cfg.layer.type_name} needs one that says which parts of a step count",
        input="inputs",
        code="SC206",
        help="apply the layer without `TimeDistributed`, or to inputs without a mask",
    )


def _refuse_several(cfg: TimeDistributed, inner: Inferred) -> None:
    """Keras stacks several outputs of a step into one tensor, which means nothing; a block may have several."""
    if len(inner.outputs) > 1 and cfg.layer.type_name in CATALOGUE:
        raise ShapeError(
            f"takes a layer with one output, {cfg.layer.type_name} has {len(inner.outputs)} here",
            arg="layer",
            code="SC206",
            help="leave out `return_state` and the like, or put it into a block: every output of one gets a time axis",
        )


@rule(TimeDistributedDense)
def time_distributed_dense(cfg: TimeDistributedDense, inputs: Tensor) -> Inferred:
    inputs.shape.axes("batch", "time", ..., "features")
    return dense(cfg, inputs)


@rule(Bidirectional)
def bidirectional(
    cfg: Bidirectional, sequences: Tensor, initial_state: Sequence[Tensor] = (), mask: Tensor | None = None
) -> Inferred:
    _check_directions(cfg)
    forward, backward = cfg.forward, cfg.backward
    first, second = len(forward.states), len(backward.states)  # type: ignore[attr-defined]
    if initial_state and len(initial_state) != first + second:
        raise ShapeError(
            f"needs {first + second} initial states, {first} forward and {second} backward, got {len(initial_state)}",
            input="initial_state",
            code="SC306",
            help="name them in `from`, those of the forward layer first: `initial_state: [one.state_h, two.state_h]`",
        )
    there = infer(forward, (sequences, tuple(initial_state[:first]), mask))
    back = infer(backward, (sequences, tuple(initial_state[first:]), mask))
    outputs = _merge(cfg, there.output, back.output)
    for way, inferred in (("forward", there), ("backward", back)):
        states = list(inferred.outputs.items())[1:]
        outputs |= {f"{way}_{name.removeprefix('state_')}": state for name, state in states}
    return Inferred(outputs=outputs, inner=(Inner(forward.label, there), Inner(backward.label, back)))


def _check_directions(cfg: Bidirectional) -> None:
    for name, layer in (("layer", cfg.layer), ("backward_layer", cfg.backward_layer)):
        if layer is not None and not isinstance(layer, (Recurrent, RNN)):
            raise ShapeError(
                f"needs a recurrent layer, got {as_yaml(layer)}",
                arg=name,
                code="SC206",
                help="use `LSTM`, `GRU`, `SimpleRNN`, `RNN` or `ConvLSTM`, written out here",
            )
    if cfg.weights is not None:
        raise ShapeError(
            "starting values are no part of a spec", arg="weights", code="SC206", help="give them with `--weights`"
        )
    forward, backward = cfg.forward, cfg.backward
    if forward.go_backwards == backward.go_backwards:  # type: ignore[attr-defined]
        raise ShapeError(
            "both directions read the same way",
            arg="layer" if cfg.backward_layer is None else "backward_layer",
            code="SC206",
            help="set `go_backwards: true` on `backward_layer` alone",
        )
    for name in ("stateful", "return_sequences", "return_state"):
        if getattr(forward, name) != getattr(backward, name):
            raise ShapeError(
                f"both directions need the same `{name}`",
                arg="backward_layer",
                code="SC206",
                help=f"set `{name}` on both",
            )
    if forward.stateful and forward.return_state:  # type: ignore[attr-defined]
        raise ShapeError(
            "Keras cannot return the states of a stateful layer from both directions",
            arg="layer",
            code="SC206",
            help="leave out `stateful` or `return_state`",
        )


def _merge(cfg: Bidirectional, there: Tensor, back: Tensor) -> dict[str, Tensor]:
    """The outputs of the two directions, joined as `merge_mode` says."""
    blame = "give both layers the same `units`, or use `merge_mode: concat`"
    if cfg.merge_mode is None:
        return {
            "output": Tensor(there.shape, masked=there.masked),
            "backward_output": Tensor(back.shape, masked=back.masked),
        }
    if cfg.merge_mode != "concat":
        shape = broadcast_shapes(there.shape, back.shape, arg="backward_layer", help=blame)
        return {"output": Tensor(shape, masked=there.masked)}
    outer: list[Size] = [
        require_same(size, back_size, arg="backward_layer")
        for size, back_size in zip(there.shape[:-1], back.shape[:-1], strict=True)
    ]
    return {"output": Tensor(Shape((*outer, there.shape[-1] + back.shape[-1])), masked=there.masked)}


@rule(Pipeline)
def pipeline(cfg: Pipeline, inputs: Tensor) -> Inferred:
    parts: list[Inner] = []
    tensor = inputs
    for layer, label in zip(cfg.layers, cfg.labels, strict=True):
        if parts and layer.masking == "make":
            help = "put it first, or on a line of its own"
            message = f"{layer.type_name} would start a mask in the middle"
            raise ShapeError(message, arg="layers", code="SC206", help=help)
        if parts and len(parts[-1].inferred.outputs) > 1:
            help = "leave out `return_state` and the like"
            message = f"`{parts[-1].name}` has several outputs, and the next layer takes one"
            raise ShapeError(message, arg="layers", code="SC206", help=help)
        parts.append(Inner(label, infer(layer, _sort_by_port(layer, (tensor,)))))
        tensor = parts[-1].inferred.output
    return Inferred(outputs=dict(parts[-1].inferred.outputs), inner=tuple(parts))


@rule(SpectralNormalization)
def spectral_normalization(cfg: SpectralNormalization, inputs: Tensor) -> Inferred:
    """Keras lists the kernel as the wrapper's own, before `vector_u`, and then what else the layer has."""
    inner = infer(cfg.layer, _sort_by_port(cfg.layer, (inputs,)))
    kernel = None if isinstance(cfg.layer, (Recurrent, RNN)) else _find_kernel(inner)
    if kernel is None:
        raise ShapeError(
            f"{cfg.layer.type_name} has no kernel and no embeddings to normalize",
            arg="layer",
            code="SC206",
            help="wrap a layer such as `Dense`, `Conv2D` or `Embedding`, written out here",
        )
    label = cfg.layer.label
    others = tuple(weight for weight in inner.weights if weight is not kernel)
    rest = Inferred(inner.outputs, others, inner.macs, inner.inner, inner.assumes, inner.walk, inner.workspace)
    dtype = None if is_float(inputs.dtype) else inputs.dtype
    same = inner.output.dtype == (dtype or cfg.compute_dtype)
    output = Tensor(inner.output.shape, dtype, same and inner.output.masked)
    vector = fixed(vector_u=(1, kernel.shape[-1]))[0]._replace(dtype=kernel.dtype)
    own = (kernel._replace(name=f"{label}/{kernel.name}"), vector)
    return Inferred(outputs={"output": output}, weights=own, inner=(Inner(label, rest),))


def _find_kernel(inferred: Inferred) -> Weight | None:
    """The weight that is normalized, which may be that of a SpectralNormalization within."""
    kernels = [weight for weight in inferred.weights if weight.name.rpartition("/")[2] in ("kernel", "embeddings")]
    return kernels[0] if kernels else None
