"""The base of every layer type, and the registration of its rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeAlias, TypeVar

from shapecalc.layers.arguments import arg
from shapecalc.layers.arguments.names import NUMBERS
from shapecalc.layers.arguments.plain import Config
from shapecalc.layers.class_names import snake_case
from shapecalc.layers.values import FeedOf, Inferred, Tensor

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
    `widest_ports` takes the place of `ports` where these depend on the arguments: it holds all that a call may take.
    `masking` says what becomes of a mask: `pass` passes it on, `stop` uses or drops it, `make` starts one, `lose` drops
    it where Keras warns about it. A rule that knows better sets `Tensor.masked`.
    `dtypes` are those it can compute in: Keras refuses the others when the layer is built or called.
    `lists` says that even one tensor has to stand in a list, as Keras tells `layer([x])` from `layer(x)`.
    `is_source` says that its output depends on no input: its one port, if any, only gives it the batch axis.
    `keeps_values` says that its output holds the values of its input, in any order, and no others.
    `may_be_empty` says that its output may have an axis of 0, as an empty slice has.
    `refused` says that the rule refuses every call, whatever its arguments and inputs.
    `is_opaque` says that its code is in no file, so that it may hold weights of unknown size.
    `freezes` says whether `trainable: false` reaches the weights; where all of them are those of layers within, Keras's
    constructor does not tell these of it.
    `counts_call` says that its MACs are those of the whole call, not of one sample.
    `type_name` is what a spec calls the type. A subclass drops an inherited argument by setting it to None.
    """

    ports: ClassVar[tuple[str, ...]] = ("inputs",)
    widest_ports: ClassVar[tuple[str, ...]] = ()
    masking: ClassVar[str] = "pass"
    dtypes: ClassVar[tuple[str, ...]] = (*NUMBERS, "bool")
    lists: ClassVar[bool] = False
    is_source: ClassVar[bool] = False
    keeps_values: ClassVar[bool] = False
    may_be_empty: ClassVar[bool] = False
    refused: ClassVar[bool] = False
    is_opaque: ClassVar[bool] = False
    freezes: ClassVar[bool] = True
    counts_call: ClassVar[bool] = False
    args: ClassVar[dict[str, arg.Arg[Any]]] = {}
    required: ClassVar[tuple[str, ...]] = ()
    type_name: str = ""
    rule: ClassVar[Callable[..., Inferred]]
    deprecated: ClassVar[str] = ""

    trainable = arg.flag(True, doc="Whether training changes the weights.")
    dtype = arg.dtype("float32", doc="Dtype of weights and computation, or a mixed policy.")

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
        return self.split_dtype()[0]

    @property
    def variable_dtype(self) -> str:
        """The dtype of weights: a mixed policy keeps them in float32."""
        return self.split_dtype()[1]

    def split_dtype(self) -> tuple[str, str]:
        """The dtypes of outputs and of weights that `dtype` gives."""
        dtype = self.dtype
        return (dtype[len("mixed_") :], "float32") if dtype.startswith("mixed_") else (dtype, dtype)

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
