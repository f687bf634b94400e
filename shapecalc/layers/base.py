"""The base of every layer type, the registration of its rule, and `infer`, the only way to apply one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Literal, NoReturn, TypeAlias, TypeVar

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Relation, Shape, begin, end, is_unknown
from shapecalc.layers.arguments import args as arg
from shapecalc.layers.arguments.kinds import LARGEST, Config
from shapecalc.layers.arguments.names import FLOATS, NUMBERS
from shapecalc.layers.class_names import snake_case
from shapecalc.layers.values import FeedOf, Inferred, Inner, Numbers, Tensor, Weight, new

Feed: TypeAlias = FeedOf[Tensor]
"""The tensors that a call is fed, port by port in the order of `ports`."""


def port_name(port: str) -> str:
    """A port as it is called: `mask` of `mask?`."""
    return port.rstrip("?*+")


def takes_many(port: str) -> bool:
    """Whether a port takes any number of tensors."""
    return port[-1] in "*+"


class Layer(Config):
    """A config: a layer type with the values of its arguments.

    `ports` are the tensors of Keras's call in its order: `x` one, `x?` one or none, `x*` any number, `x+` one or more.
    `masking` says what becomes of a mask: `pass` hands it on, `stop` uses or drops it, `make` starts one, `lose` drops
    it where Keras warns about it. A rule that knows better sets `Tensor.masked`.
    `dtypes` are those it can compute in: Keras refuses the others when the layer is built or called.
    `lists` says that even one tensor has to stand in a list, as Keras tells `layer([x])` from `layer(x)`.
    `is_source` says that it makes its output of nothing: its one port, if any, only lends it the batch axis.
    `keeps_values` says that every value it is fed leaves it, and no other, wherever it then stands.
    `may_be_empty` says that its output may have an axis of 0, as an empty slice has.
    `refused` says that no call is honoured, whatever its arguments and inputs: only the rule answers, and refuses.
    `freezes` says whether `trainable: false` reaches the weights; where all of them are those of layers within, Keras's
    constructor does not tell these of it.
    `type_name` is what a spec calls the type. A subclass drops an inherited argument by setting it to None.
    """

    ports: ClassVar[tuple[str, ...]] = ("inputs",)
    masking: ClassVar[str] = "pass"
    dtypes: ClassVar[tuple[str, ...]] = (*NUMBERS, "bool")
    lists: ClassVar[bool] = False
    is_source: ClassVar[bool] = False
    keeps_values: ClassVar[bool] = False
    may_be_empty: ClassVar[bool] = False
    refused: ClassVar[bool] = False
    freezes: ClassVar[bool] = True
    args: ClassVar[dict[str, arg.Arg[Any]]] = {}
    required: ClassVar[tuple[str, ...]] = ()
    type_name: str = ""
    rule: ClassVar[Callable[..., Inferred]]
    deprecated: ClassVar[str] = ""

    trainable = arg.flag(True, doc="Whether training changes the weights.")
    dtype = arg.dtype("float32", doc="Of weights and computation, or a mixed policy.")

    name: str | None = None

    def __init__(self, **values: Any) -> None:
        self.__dict__ = values

    def __init_subclass__(cls) -> None:
        cls.type_name = cls.__dict__.get("type_name", cls.__name__)
        own = {name: value for name, value in cls.__dict__.items() if isinstance(value, arg.Arg)}
        kept = {name: value for name, value in cls.args.items() if name in own or name not in cls.__dict__}
        args = kept | own
        common = {name: args.pop(name) for name in ("trainable", "dtype") if name in kept}
        cls.args = args | common
        cls.required = tuple(name for name, value in cls.args.items() if value.required)

    @property
    def label(self) -> str:
        """The name of a layer that stands within another: its own, else its type's in Keras's scheme."""
        return self.name or snake_case(self.type_name)

    @property
    def compute_dtype(self) -> str:
        """The dtype of outputs: a mixed policy computes in its half precision."""
        return self.dtype.removeprefix("mixed_")

    @property
    def variable_dtype(self) -> str:
        """The dtype of weights: a mixed policy keeps them in float32."""
        dtype = self.dtype
        return "float32" if dtype.startswith("mixed_") else dtype

    def replace(self, **values: Any) -> Layer:
        """A copy with other values."""
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__ | values)
        return copy


Layer.args = {name: Layer.__dict__[name] for name in ("trainable", "dtype")}

RuleT = TypeVar("RuleT", bound=Callable[..., Inferred])


def rule(*types: type[Layer]) -> Callable[[RuleT], RuleT]:
    """Registers a pure function from config and tensors to `Inferred` as the rule of `types` and their subclasses."""

    def register(function: RuleT) -> RuleT:
        for layer_type in types:
            layer_type.rule = staticmethod(function)
        return function

    return register


_MEMO: dict[tuple[Layer, Feed], Inferred] = {}
_MEMO_LIMIT = 8_192


def forget() -> None:
    """Empties the memory of equal calls: whoever analyses a model many times would fill it with what never recurs."""
    _MEMO.clear()


def infer(layer: Layer, feed: Feed) -> Inferred:
    """What one call of `layer` on `feed` gives. Rules are pure, so equal calls are answered from memory.

    Raises ShapeError with this layer's label in front of its path of blame.
    """
    key = (layer, feed)
    found = _MEMO.get(key)
    if found is not None:
        return found
    outer = begin()
    relations: tuple[Relation, ...] = ()
    try:
        if layer.dtype is not None and layer.dtype.removeprefix("mixed_") not in layer.dtypes:
            refuse_dtype(layer)
        if not layer.may_be_empty:
            refuse_empty(feed)
        stated = layer.rule(layer, *feed)
    except ShapeError as error:
        error.path = (layer.label, *error.path)
        raise
    finally:
        relations = end(outer)
    result = _settle(layer, feed, stated, relations)
    if len(_MEMO) >= _MEMO_LIMIT:
        _MEMO.clear()
    _MEMO[key] = result
    return result


def _settle(layer: Layer, feed: Feed, stated: Inferred, relations: tuple[Relation, ...]) -> Inferred:
    """Fills in what a rule leaves to the layer's dtype, masking and trainable, and refuses weights of unknown size.

    A rule's `Inferred` is its own and new at every call, so it is filled in where it stands.
    """
    computed, kept = layer.compute_dtype, layer.variable_dtype
    masked = first_mask(feed) if layer.masking == "pass" else False
    kept_numbers = numbers_of(feed) if layer.keeps_values else None
    outputs = {}
    for port, (shape, dtype, mask, numbers) in stated.outputs.items():
        dtype = computed if dtype is None else dtype
        if kept_numbers is not None and dtype in WIDE:
            numbers = kept_numbers
        outputs[port] = new(Tensor, (shape, dtype, masked if mask is None else mask, numbers))
        for size in shape:
            if size.__class__ is int and (size > LARGEST or size == 0):
                refuse_size(size, layer, shape)
    trainable, inner = layer.trainable or not layer.freezes, stated.inner
    own = []
    for weight in stated.weights:
        name, sizes, trained, dtype = weight
        for size in sizes:
            if size.__class__ is not int and is_unknown(size):
                refuse_unknown(weight)
        own.append(new(Weight, (name, sizes, trained and trainable, kept if dtype is None else dtype)))
    if inner and not trainable:
        inner = tuple(part._replace(inferred=frozen(part.inferred)) for part in inner)
    stated.outputs, stated.weights, stated.inner = outputs, tuple(own), inner
    stated.assumes += relations
    if stated.workspace:
        stated.workspace = {
            name: tensor if tensor.dtype is not None else tensor._replace(dtype=computed)
            for name, tensor in stated.workspace.items()
        }
    return stated


WIDE = ("int32", "int64", "uint32", "uint64", "float32", "float64")
"""The dtypes that hold positions: others wrap around, or round."""


def numbers_of(feed: Feed) -> Numbers | None:
    """What whole numbers the one tensor of a feed is known to hold."""
    tensors = [one for item in feed if item is not None for one in ((item,) if isinstance(item, Tensor) else item)]
    return tensors[0].numbers if len(tensors) == 1 else None


def first_mask(feed: Feed) -> Shape | Literal[False]:
    """The shape of the first mask that comes with what is fed; false where none does."""
    for item in feed:
        for tensor in (item,) if isinstance(item, Tensor) else item or ():
            if tensor.masked:
                return tensor.mask or False
    return False


def frozen(inferred: Inferred) -> Inferred:
    """The same with no weight trainable: what `trainable: false` on a block does to the layers in it."""
    inner = tuple(Inner(p.name, frozen(p.inferred), p.calls, p.reused) for p in inferred.inner)
    own = tuple(weight._replace(trainable=False) for weight in inferred.weights)
    return Inferred(inferred.outputs, own, inferred.macs, inner, inferred.assumes, inferred.walk, inferred.workspace)


def refuse_dtype(layer: Layer) -> NoReturn:
    """A layer of numbers cannot have text for its dtype, nor one of floating numbers integers."""
    kind = "floating numbers" if layer.dtypes == FLOATS else "numbers"
    message = f"computes in {kind}, not in {layer.dtype}"
    raise ShapeError(message, arg="dtype", code="SC407", help="leave `dtype` out, or write `dtype: float32`")


def refuse_size(size: int, layer: Layer, shape: Shape) -> None:
    """Refuses an axis that is too long, and one of 0 out of a layer; functions give those, and a batch may be empty."""
    if size > LARGEST:
        raise ShapeError("gives an axis of more than 10**18", code="SC602", help="make the sizes smaller")
    if not layer.may_be_empty and 0 in shape[1:]:
        message = f"gives an axis of {size}, which leaves nothing to compute with"
        raise ShapeError(message, code="SC402", help="every axis needs at least one number")


def refuse_empty(feed: Feed) -> None:
    """Refuses tensors that have an axis of 0 besides an empty batch: a layer has nothing to compute of them."""
    for item in feed:
        for tensor in (item,) if isinstance(item, Tensor) else item or ():
            if tuple.__contains__(tensor.shape, 0) and 0 in tensor.shape[1:]:
                message = f"is fed {tensor.shape}, which holds nothing to compute with"
                raise ShapeError(message, code="SC402", help="every axis needs at least one number")


def refuse_unknown(weight: Weight) -> NoReturn:
    """A weight's size must be a number or a symbol: nobody can allocate an unknown one."""
    raise ShapeError(
        f"cannot size the weight `{weight.name}`: an axis of its input is unknown",
        input="",
        code="SC403",
        help="give that axis a number, or a name such as `C`, in the input's shape",
    )
