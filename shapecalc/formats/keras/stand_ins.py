"""What Keras has no layer for, as layers and functions of Keras that give the same; and back again.

A `Weight` is an EinsumDense over a one for each sample: its kernel has the weight's shape and its name. `ops.arange` is
ones that are added up; they hang on an input, since Keras saves no layer that is fed nothing.
"""

from __future__ import annotations

import re
from copy import copy
from string import ascii_lowercase
from typing import Any

from shapecalc.formats.flat_model import Call, FlatModel, Source, refusal
from shapecalc.layers.values import WIDE

_COUNTED = ["ops.cumsum", "ops.broadcast_to", "ops.ones_like", "ops.get_item"]
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
        self.lent: dict[tuple[str, str], Source] = {}

    def write(self) -> FlatModel:
        """The model with every layer of which Keras has none replaced."""
        for call in self.given.calls:
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
                arguments = fill_sizes(self.flat, call.layer, arguments)
            self.flat.layers[call.layer] = type_name, arguments
            self.flat.calls.append(call)
        return self.flat

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
        """Numbers in order as ones that are added up, times the step, from the first on."""
        start, stop, step = arguments["start"], arguments.get("stop"), arguments.get("step") or 1
        numbers = range(start) if stop is None else range(start, stop, step)
        dtype = arguments.get("dtype") or "int32"
        if not numbers:
            raise refusal("Keras has nothing to stand in for numbers in order where there are none", call.layer)
        if dtype not in WIDE:
            raise refusal(f"Keras adds up ones in {dtype} only to a few hundred", call.layer)
        sizes: list[int | None] = [len(numbers)]
        source = self.add(f"{call.layer}_ones", "ops.broadcast_to", {"shape": sizes}, self.lend("one", dtype))
        self.flat.tensors[source] = sizes, dtype
        source = self.add(f"{call.layer}_counted", "ops.cumsum", {}, source)
        self.flat.tensors[source] = sizes, dtype
        if numbers.step != 1:
            source = self.add(f"{call.layer}_steps", "ops.multiply", {"x2": numbers.step}, source, "x1")
            self.flat.tensors[source] = sizes, dtype
        self.flat.layers[call.layer] = "ops.add", {"x2": numbers.start - numbers.step}
        self.flat.calls.append(Call(call.layer, {"x1": source}, {}))

    def lend(self, what: str, dtype: str) -> Source:
        """`ones`, a one for each sample, or `one` alone, that hang on the first input. Raises Fault."""
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
        lent = self.lent[what, dtype] = self.add(what, "ops.ones_like", {"dtype": dtype}, part)
        flat.tensors[lent] = sizes, dtype
        return lent

    def add(self, name: str, type_name: str, arguments: dict[str, Any], fed: Source, port: str = "x") -> Source:
        """Adds a function that is fed one tensor; returns its output."""
        name = self.flat.fresh(name)
        self.flat.layers[name] = type_name, arguments
        self.flat.calls.append(Call(name, {port: fed}, {}))
        return name, 0, 0


def fill_sizes(flat: FlatModel, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments of an EinsumDense with the sizes that all its calls give, which Keras does not work out."""
    shape = arguments["output_shape"]
    calls = [sizes[1:] for source, (sizes, _) in flat.tensors.items() if source[0] == name]
    if not isinstance(shape, list) or any(len(sizes) != len(shape) for sizes in calls):
        return arguments
    known = [sizes[0] if len({*sizes}) == 1 else None for sizes in zip(*calls, strict=True)]
    filled = [size if size is not None or not known else known[axis] for axis, size in enumerate(shape)]
    return {**arguments, "output_shape": filled}


def take_stand_ins(flat: FlatModel) -> FlatModel:
    """The model with what stands in for a weight, or for numbers in order, as that; changed in place."""
    for block in flat.blocks.values():
        take_stand_ins(block)
    chains = _Chains(flat)
    for position, call in enumerate(flat.calls):
        type_name, arguments = flat.layers[call.layer]
        found = None
        if type_name == "EinsumDense" and chains.follow(call, ["ops.ones_like", "ops.get_item"], _BATCH) is not None:
            found = _read_weight(arguments)
        elif type_name == "ops.add" and type(arguments.get("x2")) in (int, float):
            found = _read_arange(arguments["x2"], chains, call)
        elif type_name == "Pipeline" and [*arguments.get("layers", ())] == [{"Equalization": {}}]:
            flat.layers[call.layer] = "Equalization", {}
            flat.calls[position] = call._replace(feed=dict(zip(["data"], call.feed.values(), strict=True)))
        if found is not None:
            flat.layers[call.layer] = found
            flat.calls[position] = Call(call.layer, {}, {})
    _drop_unused(flat, chains.met)
    return flat


class _Chains:
    """The functions that calls hang on an input by; `met` are those of the chains that were found."""

    def __init__(self, flat: FlatModel) -> None:
        self.flat = flat
        self.makers = {(call.layer, 0): call for call in flat.calls}
        self.inputs = {given.name for given in flat.inputs}
        self.met: set[str] = set()

    def follow(self, call: Call, types: list[str], key: re.Pattern[str]) -> list[dict[str, Any]] | None:
        """The arguments of functions of these types, from a call up, if the last takes this part of an input."""
        names: list[str] = []
        for wanted in types:
            sources = [*call.feed.values()]
            maker = self.makers.get(sources[0][:2]) if len(sources) == 1 and isinstance(sources[0], tuple) else None
            if maker is None or self.flat.layers[maker.layer][0] != wanted:
                return None
            call = maker
            names.append(maker.layer)
        whole = call.feed.get("x")
        arguments = [self.flat.layers[name][1] for name in names]
        if not isinstance(whole, tuple) or whole[0] not in self.inputs or not key.fullmatch(arguments[-1]["key"]):
            return None
        self.met |= {*names}
        return arguments


def _read_weight(arguments: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """The weight that an EinsumDense over ones is."""
    match = _SCALED.fullmatch(str(arguments.get("equation")))
    if match is None or match[1] != match[2] or {"bias_axes", "activation"} & arguments.keys():
        return None
    own = {"shape": arguments["output_shape"]}
    if "kernel_initializer" in arguments:
        own["initializer"] = arguments["kernel_initializer"]
    return "Weight", own | {name: arguments[name] for name in _KEPT if name in arguments}


def _read_arange(before: float, chains: _Chains, call: Call) -> tuple[str, dict[str, Any]] | None:
    """The numbers in order that ones are which are added up, and to which one step less than the first is added."""
    step = 1
    chain = chains.follow(call, _COUNTED, _FIRST)
    if chain is None:
        chain = chains.follow(call, ["ops.multiply", *_COUNTED], _FIRST)
        if chain is None or type(chain[0].get("x2")) is not int:
            return None
        step = chain.pop(0)["x2"]
    counted, spread, ones, _ = chain
    shape, dtype = spread["shape"], ones.get("dtype")
    if counted.get("axis") is not None or len(shape) != 1 or before % 1:
        return None
    start = int(before) + step
    own: dict[str, Any] = {"start": shape[0]}
    if start or step != 1:
        own = {"start": start, "stop": start + step * shape[0], "step": step}
    return "ops.arange", own | ({} if dtype in (None, "int32") else {"dtype": dtype})


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
