"""What a function of TensorFlow is in keras.ops, written as Keras 3 writes it; and the functions by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeAlias

from shapecalc.diagnostics import Fault, shorten
from shapecalc.formats.flat_model import MOST_OUTPUTS, refusal
from shapecalc.layers.class_names import camel_case, snake_case

Json: TypeAlias = dict[str, Any]
Function: TypeAlias = Callable[..., Any]

_CLASSES = ("SlicingOpLambda", "TFOpLambda")
_FUNCTIONS: dict[str, Function] = {}
_TAKES_ANY = 8  # a flag of Python's code objects: `**arguments`
_HELP = "replace it, in Keras, by layers and functions of Keras"


class Size(NamedTuple):
    """The size of an axis of a tensor that is not known before the model runs."""

    axis: int
    tensor: Json


class Sizes(NamedTuple):
    """The shape of a tensor, as `tf.shape` returns it: None for a size that is not known, or where none is."""

    known: tuple[int | None, ...] | None
    tensor: Json

    def at(self, axis: int) -> int | Size:
        """The size of an axis."""
        size = self.known[axis] if self.known is not None and -len(self.known) <= axis < len(self.known) else None
        return Size(axis, self.tensor) if size is None else size


def is_entry(layer: Any) -> bool:
    """Whether an item of a model's list is a layer; of others the model is refused when it is read."""
    return (
        isinstance(layer, dict) and isinstance(layer.get("config"), dict) and isinstance(layer.get("class_name"), str)
    )


def is_function(entry: Any) -> bool:
    """Whether a layer of Keras 2 is a function of TensorFlow."""
    return isinstance(entry, dict) and entry.get("class_name") in _CLASSES


def is_tensor(value: Any) -> bool:
    """Whether a value in a call is a tensor as Keras 3 writes it: of a layer, one of its calls, one of the outputs."""
    if not isinstance(value, dict) or value.get("class_name") != "__keras_tensor__":
        return False
    config = value.get("config")
    history = config.get("keras_history") if isinstance(config, dict) else None
    return isinstance(history, list) and [type(item) for item in history] == [str, int, int]


def holds_size(value: Any) -> bool:
    """Whether a size of a tensor is in a value."""
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return isinstance(value, (Size, Sizes)) or any(map(holds_size, items))


def tensor(name: str, call: int, position: int) -> Json:
    """A tensor as Keras 3 writes it: a layer, which of its calls, which of that call's outputs."""
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, call, position]}}


def function(*symbols: str) -> Callable[[Function], Function]:
    """Registers `function(writer, ...)` for the names that a function has in TensorFlow; it has the same parameters.

    It returns a tensor, sizes, or a tuple of several outputs.
    """

    def register(written: Function) -> Function:
        _FUNCTIONS.update(dict.fromkeys(symbols, written))
        return written

    return register


class Writer:
    """Writes functions of keras.ops, and layers, for a model of these `entries`, whose names they may not have."""

    def __init__(self, entries: dict[str, Json]) -> None:
        self.taken = {*entries}
        self.inputs = {name: entry["config"].get("batch_shape") for name, entry in entries.items()}
        self.entries: list[Json] = []
        self.subject = ""
        self.position: Any = None
        self.shape: tuple[int | None, ...] | None = None

    def call(self, entry: Json, node: Json) -> tuple[Any, ...]:
        """What a call of a function of TensorFlow returns, output by output. Raises Fault."""
        self.position = entry.get("position")
        self.subject, symbol = str(entry.get("name") or entry["config"].get("name")), entry["config"].get("function")
        written = _FUNCTIONS.get(symbol) if isinstance(symbol, str) else None
        if written is None:
            return self._write_code(entry, node, str(symbol))
        self.shape = self._known_shape(entry, node["args"][0])
        arguments = {name: value for name, value in node["kwargs"].items() if name != "name" and value is not None}
        fault = _fault_of(written, node["args"], arguments)
        if fault is not None:
            raise self.refusal(f"tf.{symbol} is called {fault}, which a spec cannot say")
        outputs = written(self, *node["args"], **arguments)
        return outputs if type(outputs) is tuple else (outputs,)

    def take_entries(self) -> list[Json]:
        """What was written since it was last taken."""
        entries, self.entries = self.entries, []
        return entries

    def op(self, op_name: str, *args: Any, **config: Any) -> Json:
        """The first tensor that a function of keras.ops returns."""
        short = op_name.rpartition(".")[2]
        return self._write("keras.src.ops", camel_case(short), short, [*args], config)

    def several(self, op_name: str, *args: Any, **config: Any) -> tuple[Json, ...]:
        """The tensors that a function of keras.ops returns, as many as may be used."""
        name, call, _ = self.op(op_name, *args, **config)["config"]["keras_history"]
        return tuple([tensor(name, call, position) for position in range(MOST_OUTPUTS)])

    def layer(self, class_name: str, fed: Any, **config: Any) -> Json:
        """The tensor that a layer returns."""
        return self._write("keras.layers", class_name, snake_case(class_name), [fed], config)

    def _write(self, module: str, class_name: str, wanted: str, args: list[Any], config: Json) -> Json:
        if holds_size([args, config]):
            raise self.refusal("it is called with the size of a tensor, which a spec cannot say")
        name = self._fresh(wanted)
        entry = {
            "module": module, "class_name": class_name, "config": {"name": name, **config},
            "registered_name": class_name, "name": name, "inbound_nodes": [{"args": args, "kwargs": {}}],
            "position": self.position,
        }  # fmt: skip
        self.entries.append(entry)
        return tensor(name, 0, 0)

    def _known_shape(self, entry: Json, fed: Any) -> tuple[int | None, ...] | None:
        """The shape of what a function is fed, where Keras recorded it, or it is an input."""
        recorded = entry.get("build_config")
        shape = recorded.get("input_shape") if isinstance(recorded, dict) else None
        if shape is None and is_tensor(fed):
            shape = self.inputs.get(fed["config"]["keras_history"][0])
        if isinstance(shape, list) and all(size is None or type(size) is int for size in shape):
            return tuple(shape)
        return None

    def _write_code(self, entry: Json, node: Json, symbol: str) -> tuple[Json, ...]:
        """The outputs of a function that Keras has not: it is code, of which there is no more than records."""
        fed, wanted = [*_tensors_in([node["args"], node["kwargs"]])], symbol.rpartition(".")[2]
        name, call, _ = self._write("tensorflow", symbol, wanted, [fed], {})["config"]["keras_history"]
        self.entries[-1]["build_config"] = entry.get("build_config")
        return tuple([tensor(name, call, position) for position in range(MOST_OUTPUTS)])

    def _fresh(self, wanted: str) -> str:
        """A name that nothing else has."""
        name, count = wanted, 0
        while name in self.taken:
            count += 1
            name = f"{wanted}_{count}"
        self.taken.add(name)
        return name

    def refusal(self, message: str, help: str = _HELP) -> Fault:
        """What a spec has no words for."""
        return refusal(message, self.subject, help)


def _fault_of(written: Function, args: list[Any], arguments: Json) -> str | None:
    """What is wrong with a call; None where it gives what the function takes, and no more."""
    code = written.__code__
    names = code.co_varnames[1 + len(args) : code.co_argcount]
    required = names[: max(0, len(names) - len(written.__defaults__ or ()))]
    takes_any = bool(code.co_flags & _TAKES_ANY)
    unknown = next((name for name in arguments if name not in names and not takes_any), None)
    missing = next((name for name in required if name not in arguments), None)
    if unknown is not None:
        return f"with `{shorten(unknown)}`"
    return None if missing is None else f"without `{missing}`"


def _tensors_in(value: Any) -> Iterator[Json]:
    """The tensors in a call, and those of which it is given sizes."""
    if isinstance(value, (Size, Sizes)):
        yield value.tensor
    elif is_tensor(value):
        yield value
    else:
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from _tensors_in(item)
