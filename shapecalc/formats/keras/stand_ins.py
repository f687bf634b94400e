"""What Keras has no layer for, as layers and functions of Keras that give the same; and back again.

A `Weight` is an EinsumDense over a one for each sample: its kernel has the weight's shape and its name. `ops.arange` is
a constant, added to a zero that hangs on an input, since Keras saves no layer that is fed nothing.
"""

from __future__ import annotations

import re
from copy import copy
from string import ascii_lowercase
from typing import Any

from shapecalc.formats.flat_model import Call, FlatModel, Source, refusal

_KEPT = ("trainable", "dtype")
_SCALED = re.compile(r"a,([b-z]+)->a([b-z]+)")
_BATCH = re.compile(r":(, 0)*")
_FIRST = re.compile(r"0(, 0)*")


def put_stand_ins(flat: FlatModel) -> FlatModel:
    """The model in words that Keras has, without layers that lead to no output. Raises Fault with SC609."""
    flat = _Writer(flat).write()
    _drop_unused(flat, {call.layer for call in flat.calls})
    return flat


class _Writer:
    """Puts stand-ins in one model; what they hang on is made once."""

    def __init__(self, flat: FlatModel) -> None:
        self.given = flat
        self.flat = copy(flat)
        self.flat.layers, self.flat.calls, self.flat.tensors = {}, [], dict(flat.tensors)
        self.numbers: dict[str, int] = {}
        self.lent: dict[tuple[str, str], Source] = {}

    def write(self) -> FlatModel:
        """The model with every layer of which Keras has none replaced."""
        for call in self.given.calls:
            number = self.numbers[call.layer] = self.numbers.get(call.layer, -1) + 1
            type_name, arguments = self.given.layers[call.layer]
            if type_name == "Weight":
                self.add_weight(call, arguments)
                continue
            if type_name == "ops.arange":
                self.add_arange(call, arguments)
                continue
            if type_name == "TimeDistributedDense":
                type_name, arguments = "TimeDistributed", {"layer": {"Dense": arguments}}
            elif type_name == "Equalization":  # which hands on its very input; Keras takes that for a circle
                type_name, arguments = "Pipeline", {"layers": [{"Equalization": arguments}]}
                call = call._replace(feed=dict(zip(["inputs"], call.feed.values(), strict=True)))
            elif type_name == "EinsumDense":
                arguments = self.fill_sizes(arguments, (call.layer, number, 0))
            self.flat.layers[call.layer] = type_name, arguments
            self.flat.calls.append(call)
        return self.flat

    def fill_sizes(self, arguments: dict[str, Any], source: Source) -> dict[str, Any]:
        """The arguments of an EinsumDense with the sizes that are known, which Keras does not work out."""
        shape = arguments["output_shape"]
        known = self.flat.tensors.get(source, ([], ""))[0][1:]
        if not isinstance(shape, list) or len(known) != len(shape) or source[1]:
            return arguments
        return {**arguments, "output_shape": [known[axis] if size is None else size for axis, size in enumerate(shape)]}

    def add_weight(self, call: Call, arguments: dict[str, Any]) -> None:
        """A weight as the kernel of an EinsumDense that is fed ones."""
        shape = arguments["shape"]
        axes = ascii_lowercase[1 : len(shape) + 1]
        if not shape or len(axes) < len(shape):
            raise refusal(f"Keras has no layer for a weight of {len(shape)} axes", call.layer)
        own = {"equation": f"a,{axes}->a{axes}", "output_shape": shape}
        if "initializer" in arguments:
            own["kernel_initializer"] = arguments["initializer"]
        own |= {name: arguments[name] for name in _KEPT if name in arguments}
        self.flat.layers[call.layer] = "EinsumDense", own
        self.flat.calls.append(Call(call.layer, {"inputs": self.lend("ones", "float32")}, {}))

    def add_arange(self, call: Call, arguments: dict[str, Any]) -> None:
        """Numbers in order as a constant and a zero."""
        start, stop, step = arguments["start"], arguments.get("stop"), arguments.get("step") or 1
        numbers = [*range(start)] if stop is None else [*range(start, stop, step)]
        dtype = arguments.get("dtype") or "int32"
        if not numbers:
            raise refusal("Keras has no constant without numbers", call.layer)
        values = [float(number) for number in numbers] if "float" in dtype else numbers
        self.flat.layers[call.layer] = "ops.add", {"x2": values}
        self.flat.calls.append(Call(call.layer, {"x1": self.lend("zeros", dtype)}, {}))
        if dtype not in ("int32", "float32"):
            raise refusal(f"Keras has no constant of {dtype} that keeps its dtype", call.layer)

    def lend(self, what: str, dtype: str) -> Source:
        """A one for each sample, or a zero, that hangs on the first input. Raises Fault where there is none."""
        flat = self.flat
        if not flat.inputs:
            raise refusal("a weight or numbers in order need an input to hang on, and there is none", flat.name)
        sizes: list[int | None] = [flat.inputs[0].batch] if what == "ones" else []
        lent = self.lent.get((what, dtype))
        if lent is not None:
            return lent
        key = ", ".join([":" if what == "ones" else "0", *["0"] * len(flat.inputs[0].shape)])
        part = self.add(f"part_for_{what}", "ops.get_item", {"key": key}, (flat.inputs[0].name, 0, 0))
        flat.tensors[part] = sizes, flat.inputs[0].dtype
        lent = self.lent[what, dtype] = self.add(what, f"ops.{what}_like", {"dtype": dtype}, part)
        flat.tensors[lent] = sizes, dtype
        return lent

    def add(self, name: str, type_name: str, arguments: dict[str, Any], fed: Source) -> Source:
        """Adds a function that is fed one tensor; returns its output."""
        name = self.flat.fresh(name)
        self.flat.layers[name] = type_name, arguments
        self.flat.calls.append(Call(name, {"x": fed}, {}))
        return name, 0, 0


def take_stand_ins(flat: FlatModel) -> FlatModel:
    """The model with what stands in for a weight, or for numbers in order, as that; changed in place."""
    for block in flat.blocks.values():
        take_stand_ins(block)
    makers = {(call.layer, 0): call for call in flat.calls}
    lent: set[str] = set()
    for position, call in enumerate(flat.calls):
        type_name, arguments = flat.layers[call.layer]
        found = None
        if type_name == "EinsumDense":
            found = _read_weight(arguments, _lender(flat, makers, call, "ops.ones_like", _BATCH, lent))
        elif type_name == "ops.add":
            found = _read_arange(arguments, _lender(flat, makers, call, "ops.zeros_like", _FIRST, lent))
        elif type_name == "Pipeline" and [*arguments.get("layers", ())] == [{"Equalization": {}}]:
            flat.layers[call.layer] = "Equalization", {}
            flat.calls[position] = call._replace(feed=dict(zip(["data"], call.feed.values(), strict=True)))
        if found is not None:
            flat.layers[call.layer] = found
            flat.calls[position] = Call(call.layer, {}, {})
    _drop_unused(flat, lent)
    return flat


def _lender(
    flat: FlatModel, makers: dict[tuple[str, int], Call], call: Call, wanted: str, key: re.Pattern[str], lent: set[str]
) -> dict[str, Any] | None:
    """The arguments of the function that makes ones or zeros which a call is fed of an input, if it is fed such."""
    sources = [*call.feed.values()]
    maker = makers.get(sources[0][:2]) if len(sources) == 1 and isinstance(sources[0], tuple) else None
    if maker is None or flat.layers[maker.layer][0] != wanted:
        return None
    (fed,) = maker.feed.values()
    part = makers.get(fed[:2]) if isinstance(fed, tuple) else None
    if part is None or flat.layers[part.layer][0] != "ops.get_item":
        return None
    whole = part.feed["x"]
    if whole[0] not in [given.name for given in flat.inputs] or not key.fullmatch(flat.layers[part.layer][1]["key"]):
        return None
    lent |= {maker.layer, part.layer}
    return flat.layers[maker.layer][1]


def _read_weight(arguments: dict[str, Any], lender: dict[str, Any] | None) -> tuple[str, dict[str, Any]] | None:
    """The weight that an EinsumDense over ones is."""
    match = _SCALED.fullmatch(str(arguments.get("equation")))
    if lender is None or match is None or match[1] != match[2] or {"bias_axes", "activation"} & arguments.keys():
        return None
    own = {"shape": arguments["output_shape"]}
    if "kernel_initializer" in arguments:
        own["initializer"] = arguments["kernel_initializer"]
    return "Weight", own | {name: arguments[name] for name in _KEPT if name in arguments}


def _read_arange(arguments: dict[str, Any], lender: dict[str, Any] | None) -> tuple[str, dict[str, Any]] | None:
    """The numbers in order that a constant added to zeros is."""
    numbers = arguments.get("x2", arguments.get("x1"))
    if lender is None or not isinstance(numbers, list) or not all(type(number) in (int, float) for number in numbers):
        return None
    start, step = numbers[0], numbers[1] - numbers[0] if len(numbers) > 1 else 1
    if not step or numbers != [start + step * place for place in range(len(numbers))] or start % 1 or step % 1:
        return None
    own: dict[str, Any] = {"start": len(numbers)}
    if start or step != 1:
        own = {"start": int(start), "stop": int(start + step * len(numbers)), "step": int(step)}
    return "ops.arange", own | ({"dtype": "float32"} if isinstance(start, float) else {})


def list_unused(flat: FlatModel) -> list[str]:
    """The layers that lead to no output: Keras makes no part of a model of them."""
    rest = copy(flat)
    rest.layers, rest.calls = dict(flat.layers), list(flat.calls)
    _drop_unused(rest, {*rest.layers})
    return [name for name in flat.layers if name not in rest.layers]


def _drop_unused(flat: FlatModel, names: set[str]) -> None:
    """Takes out the layers of these names that lead to no output."""
    used = {source[0] for source in flat.outputs.values()}
    kept: list[Call] = []
    for call in reversed(flat.calls):
        if call.layer in names and call.layer not in used:
            flat.layers.pop(call.layer, None)
            continue
        kept.append(call)
        for fed in call.feed.values():
            used |= {source[0] for source in ([fed] if isinstance(fed, tuple) else fed)}
    flat.calls[:] = reversed(kept)
