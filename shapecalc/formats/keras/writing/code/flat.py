"""A flat model as a function of one call after the other, with every value put in: for what has no other form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.formats.flat_model import Call, FlatModel, Source, refusal
from shapecalc.formats.keras.stand_ins import fill_sizes
from shapecalc.formats.keras.writing.code.helpers import HELPERS
from shapecalc.formats.keras.writing.code.layers import write_weight
from shapecalc.formats.keras.writing.code.layout import INDENT, Code, call, keyword, lay_out, sequence, tuple_of
from shapecalc.formats.keras.writing.code.layout import Call as Called
from shapecalc.formats.keras.writing.code.literals import write_list, write_literal, write_text, write_value
from shapecalc.formats.keras.writing.code.plan import identifier
from shapecalc.formats.keras.writing.json import nest_states, single_item
from shapecalc.layers.base import port_name
from shapecalc.layers.catalogue import automatic_name, find

if TYPE_CHECKING:
    from shapecalc.layers.arguments.argument import Arg
    from shapecalc.layers.base import Layer

_STATED = ("LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells", "RNN")
"""Types whose outputs stand in lists within a list."""


class FlatWriter:
    """Writes one flat model as a function; models within are functions of their own, `functions` has their names."""

    def __init__(self, flat: FlatModel, functions: dict[str, str], helpers: set[str]) -> None:
        self.flat = flat
        self.functions = functions
        self.helpers = helpers
        self.lines: list[str] = []
        self.taken = {"layers", "ops", "keras", *functions.values(), *HELPERS}
        self.tensors: dict[Source, str] = {}
        self.used = {source for each in flat.calls for fed in each.feed.values() for source in _list_sources(fed)}
        self.used |= {*flat.outputs.values()}
        self.times: dict[str, int] = {}
        for each in flat.calls:
            self.times[each.layer] = self.times.get(each.layer, 0) + 1
        self.made: dict[str, str] = {}

    def write(self, head: str) -> str:
        """The function, whose head is given."""
        for given in self.flat.inputs:
            arguments: list[Code] = [tuple_of([write_literal(size) for size in given.shape])]
            arguments += [] if given.batch is None else [keyword("batch_size", str(given.batch))]
            arguments += [] if given.dtype == "float32" else [keyword("dtype", write_text(given.dtype))]
            variable = self.tensors[given.name, 0, 0] = self.fresh("inputs" if given.name == "input" else given.name)
            self.add(f"{variable} = ", call("keras.Input", *arguments, keyword("name", write_text(given.name))))
        numbers: dict[str, int] = {}
        for each in self.flat.calls:
            number = numbers[each.layer] = numbers.get(each.layer, -1) + 1
            self.add_call(each, number)
        inputs = [self.tensors[given.name, 0, 0] for given in self.flat.inputs]
        outputs = [self.tensors[source] for source in self.flat.outputs.values()]
        ends = [codes[0] if len(codes) == 1 else sequence([*codes]) for codes in (inputs, outputs)]
        name = "name" if head.endswith("(name):") else write_text(self.flat.name.replace("/", "_"))
        self.add("return ", call("keras.Model", *ends, keyword("name", name)))
        return "\n".join([head, *self.lines]) + "\n"

    def fresh(self, name: str) -> str:
        """A variable like `name` that is not taken; from now on it is."""
        base = variable = identifier(name)
        count = 1
        while variable in self.taken:
            count += 1
            variable = f"{base}_{count}"
        self.taken.add(variable)
        return variable

    def add(self, before: str, code: Code, after: str = "") -> None:
        self.lines += lay_out(before, code, after, INDENT)

    def add_call(self, each: Call, number: int) -> None:
        """The statement of one call, and of its layer where that is called again."""
        type_name, arguments = self.flat.layers[each.layer]
        outputs = sorted(source[2] for source in self.used if source[:2] == (each.layer, number))
        code = self.write_call(each, type_name, arguments)
        known = [source for source in self.flat.tensors if source[:2] == (each.layer, number)]
        if len(known) > 1 and type_name in _STATED:
            code = call("keras.tree.flatten", code)
        if len(known) > 1 and outputs not in ([], [0]):
            variable = self.fresh(each.layer)
            self.tensors |= {(each.layer, number, port): f"{variable}[{port}]" for port in outputs}
            self.add(f"{variable} = ", code)
            return
        variable = self.tensors[each.layer, number, 0] = self.fresh(each.layer)
        self.add(f"{variable} = ", code, "[0]" if len(known) > 1 else "")

    def write_call(self, each: Call, type_name: str, arguments: dict[str, Any]) -> Code:
        """The code of one call."""
        if type_name == "TimeDistributed" and isinstance(each.feed.get("inputs"), list):
            raise refusal("in Keras TimeDistributed takes one input, and this one takes several", each.layer)
        if type_name == "EinsumDense":
            arguments = fill_sizes(self.flat, each.layer, arguments)
        layer_type = find(type_name)
        takes_lists = type_name.startswith("ops.") or layer_type is None or layer_type.lists
        fed = {
            port: self.write_feed(source, takes_lists or place > 0)
            for place, (port, source) in enumerate(each.feed.items())
        }
        if type_name == "ops.arange":
            self.helpers.add("arange")
            numbers = [keyword(name, write_literal(value)) for name, value in arguments.items()]
            return Called("arange", (self.like(), *numbers))
        if type_name.startswith("ops."):
            return self.write_operation(type_name, arguments, fed, each)
        if type_name == "StackedRNNCells":
            states = nest_states(arguments["cells"], iter(each.feed["states"]))
            fed["states"] = self.write_nested(states)
        made: Code = self.made.get(each.layer, "")
        if not made:
            made = self.write_layer(type_name, arguments, write_text(each.layer))
            if self.times[each.layer] > 1:
                variable = self.made[each.layer] = self.fresh(f"{each.layer}_layer")
                self.add(f"{variable} = ", made)
                made = variable
        if type_name == "Weight":
            self.helpers.add("ones_for")
            return call(made, call("ones_for", self.like()))
        first, rest = [*fed.values()][:1], [*fed.items()][1:]
        called = [keyword(name, write_literal(value)) for name, value in each.arguments.items()]
        return Called(made, (*first, *[keyword(name, code) for name, code in rest], *called))

    def like(self) -> str:
        """The tensor that sources hang on. Raises Fault where the model has no input."""
        if not self.flat.inputs:
            raise refusal("numbers in order need an input to hang on, and there is none", self.flat.name)
        return self.tensors[self.flat.inputs[0].name, 0, 0]

    def write_feed(self, fed: Source | list[Source], takes_lists: bool) -> Code:
        """What a port is fed; a sole tensor in no list, where a layer would give a list back."""
        sources = _list_sources(fed)
        if isinstance(fed, list) and (takes_lists or len(fed) > 1):
            return sequence([self.tensors[source] for source in sources])
        return self.tensors[sources[0]]

    def write_nested(self, states: list[Any]) -> Code:
        return sequence([self.write_nested(one) if isinstance(one, list) else self.tensors[one] for one in states])

    def write_operation(self, type_name: str, arguments: dict[str, Any], fed: dict[str, Code], each: Call) -> Code:
        """A call of a function of keras.ops."""
        layer_type = find(type_name)
        assert layer_type is not None
        if type_name == "ops.get_item":
            return f"{fed['x']}[{arguments['key']}]"
        if type_name == "ops.einsum":
            operands = [self.tensors[source] for item in each.feed.values() for source in _list_sources(item)]
            return call(type_name, write_text(arguments["subscripts"].replace(" ", "")), *operands)
        operands_of: tuple[str, ...] = getattr(layer_type, "operands", ())
        waiting = iter([fed[name] for name in operands_of if name in fed])
        codes: list[Code] = []
        for name in map(port_name, layer_type.ports):
            if name in operands_of and arguments.get(name) is not None:
                numbers = write_list(arguments[name])
                is_array = isinstance(arguments[name], list) and type_name != "ops.take"
                codes.append(call("ops.convert_to_tensor", numbers) if is_array else numbers)
            elif name in operands_of:
                codes.append(next(waiting))
            elif name in fed:
                codes.append(fed[name])
        rest = {name: value for name, value in arguments.items() if name not in operands_of}
        return Called(type_name, (*codes, *[keyword(name, write_literal(value)) for name, value in rest.items()]))

    def write_layer(self, type_name: str, arguments: dict[str, Any], name: str | None) -> Code:
        """A layer with its arguments, or a model within."""
        if type_name in self.functions:
            own = arguments.get("name") or automatic_name(type_name)
            return call(self.functions[type_name], write_text(own) if name is None else name)
        named = [] if name is None else [keyword("name", name)]
        if type_name == "TimeDistributedDense":
            return call("layers.TimeDistributed", self.write_layer("Dense", arguments, None), *named)
        if type_name == "Equalization":
            return call("layers.Pipeline", sequence([Called("layers.Equalization", ())]), *named)
        layer_type = find(type_name)
        assert layer_type is not None
        codes: list[Code] = []
        for key, value in arguments.items():
            argument = layer_type.args.get(key)
            if argument is not None and argument.holds_layers and value is not None:
                several = [self.write_inner(item) for item in (value if isinstance(value, list) else [value])]
                codes.append(keyword(key, sequence(several) if isinstance(value, list) else several[0]))
            elif argument is not None and not argument.required and _is_default(argument, value, layer_type):
                continue
            elif argument is not None:
                codes.append(keyword(key, write_value(argument, single_item(type_name, key, value))))
            elif name is None:
                codes.append(keyword(key, write_literal(value)))
        if type_name == "Weight":
            codes = write_weight(len(arguments["shape"]), codes)
        return Called("layers.EinsumDense" if type_name == "Weight" else f"layers.{type_name}", (*codes, *named))

    def write_inner(self, layer: dict[str, Any]) -> Code:
        """A layer that stands in another."""
        ((type_name, arguments),) = layer.items()
        return self.write_layer(type_name, arguments or {}, None)


def _is_default(argument: Arg[Any], value: Any, layer_type: type[Layer]) -> bool:
    return bool(argument.read(value, layer_type) == argument.default_for(layer_type))


def _list_sources(fed: Source | list[Source]) -> list[Source]:
    return fed if isinstance(fed, list) else [fed]


def write_flat_functions(flat: FlatModel, helpers: set[str]) -> list[str]:
    """The functions of a flat model: one for each model within, and `build_model`."""
    functions: dict[str, str] = {}
    texts = []
    for name, block in flat.blocks.items():
        functions[name] = f"build_{identifier(automatic_name(name))}"
        texts.append(FlatWriter(block, functions, helpers).write(f"def {functions[name]}(name):"))
    return [*texts, FlatWriter(flat, functions, helpers).write("def build_model():")]
