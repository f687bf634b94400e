"""The calls of a function: of layers, functions of keras.ops, blocks, and layers above called again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shapecalc.document.nodes import MappingNode
from shapecalc.formats.flat_model import refusal
from shapecalc.formats.keras.writing.code.layers import Layers
from shapecalc.formats.keras.writing.code.layout import INDENT, Call, Code, call, keyword, sequence, write_flat
from shapecalc.formats.keras.writing.code.no_form import NoForm
from shapecalc.formats.keras.writing.code.operations import write_arguments, write_operation
from shapecalc.formats.keras.writing.code.plan import identifier, target_of
from shapecalc.layers.base import port_name
from shapecalc.layers.catalogue import find
from shapecalc.layers.core import Weight
from shapecalc.layers.recurrent import RNN, Cell, StackedRNNCells, list_cell_states
from shapecalc.model.wiring import name_node

if TYPE_CHECKING:
    from shapecalc.formats.keras.writing.code.body import Body
    from shapecalc.formats.keras.writing.code.plan import Fed, Plan
    from shapecalc.layers.base import Layer
    from shapecalc.model.spec import ModelSpec


class Calls:
    """Writes the calls of one function."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.module = body.module
        self.spec = body.spec
        self.layers = Layers(body)

    def add(self, plan: Plan, fed: Fed, index: str) -> None:
        """The statements of one call, in the round that `index` counts."""
        type_name = str(plan.entry.key.value)
        name = self.write_name(plan, index)
        block = self.spec.find_block(type_name)
        if plan.is_reuse:
            self.add_again(plan, fed)
        elif block is not None:
            self.add_block(plan, block, fed, name)
        elif type_name == "ops.arange":
            self.assign(plan, self.write_arange(plan))
        elif type_name.startswith("ops."):
            writer = self.body.expressions()
            self.assign(plan, write_operation(type_name, plan.entry.args, fed, writer))
        else:
            self.add_layer(plan, type_name, fed, name)

    def add_again(self, plan: Plan, fed: Fed) -> None:
        """The call of a layer above; a function is called again by writing it again."""
        made = self.body.plans.find_target(target_of(plan.entry))[0]
        type_name = str(made.entry.key.value)
        if type_name == "ops.arange":
            self.assign(plan, self.write_arange(made))
        elif type_name.startswith("ops."):
            self.assign(plan, write_operation(type_name, made.entry.args, fed, self.body.expressions()))
        else:
            self.assign(plan, Call(self.body.layer_of(target_of(plan.entry)), self.arguments_of(plan, fed)))

    def add_layer(self, plan: Plan, type_name: str, fed: Fed, name: str) -> None:
        """The call of a layer, which gets a variable where something is done with it besides."""
        layer_type = find(type_name)
        assert layer_type is not None
        first = next(iter(fed.values()), None)
        if type_name == "TimeDistributed" and isinstance(first, list):
            raise refusal("in Keras TimeDistributed takes one input, and this one takes several", plan.name or "")
        own = self.avoid_functions(plan, name)
        nodes = self.module.uses.nodes_of(plan.entry)
        self.layers.has_weights = not nodes or any(inferred.params != 0 for _, inferred in nodes)
        if type_name == "Weight":
            ranks = {len(node.layer.shape) for node, _ in nodes if isinstance(node.layer, Weight)}
            if len(ranks) != 1:
                raise NoForm("a weight of which the rank is read from an argument")
            self.layers.rank = ranks.pop()
        made = self.layers.write(type_name, plan.entry.args, own, first if isinstance(first, str) else None)
        is_trained = "trainable" in layer_type.args and not layer_type.freezes
        must_freeze = self.layers.has_weights and is_trained and self.module.is_frozen_somewhere(self.spec)
        called = self.keep_layer(plan, made) if plan.is_called_again or must_freeze else made
        self.assign(plan, Call(called, self.arguments_of(plan, fed)))
        if must_freeze:  # the constructor does not tell the layers within
            self.body.add("if not trainable:")
            self.body.indent += INDENT
            self.body.add(f"{write_flat(called)}.trainable = False")
            self.body.indent -= INDENT

    def add_block(self, plan: Plan, block: ModelSpec, fed: Fed, name: str) -> None:
        """The call of a block's function; of a block that is called again, of a model made of it."""
        args = plan.entry.args
        if plan.is_called_again:
            shapes = {port: self.shape_of_input(plan, place, fed[port]) for place, port in enumerate(block.inputs)}
            made = self.layers.model_of(block, args, name, shapes, identifier(plan.name or ""))
            self.assign(plan, Call(self.keep_layer(plan, made), self.arguments_of(plan, fed)))
            return
        feeds = [str(fed[port]) for port in block.inputs if port in fed]
        arguments = self.layers.block_arguments(block, args)
        self.assign(plan, call(self.module.functions[block], *feeds, *arguments, keyword("name", name)))

    def shape_of_input(self, plan: Plan, port: int, fed: str | list[str]) -> str:
        """What makes an input of a block that is called several times: of the sizes that all calls have in common."""
        plans = self.body.plans
        calls = [other.entry for other in plans.all if other is plan or plans.calls_again(other, plan)]
        varying = self.module.uses.list_varying_axes(calls, port)
        if not varying:
            return f"batch_shape={fed}.shape, dtype={fed}.dtype"
        nodes = self.module.uses.feeds[id(plan.entry)]
        rank = len(nodes[0][1][port].shape)  # type: ignore[union-attr]
        sizes = ["None" if axis in varying else f"{fed}.shape[{axis}]" for axis in range(rank)]
        return f"batch_shape=({', '.join(sizes)}), dtype={fed}.dtype"

    def like(self) -> str:
        """The tensor that lends its batch axis to a layer that takes no input."""
        return next(iter(self.body.inputs.values()))

    def keep_layer(self, plan: Plan, made: Code) -> str:
        """A variable for a layer that is needed once more."""
        variable = self.body.variable_of(plan)
        self.body.add(f"{variable} = ", made)
        if plan.layers:
            self.body.add(f"{plan.variable}_layers.append({variable})")
        return variable

    def write_name(self, plan: Plan, index: str) -> str:
        """The name of a layer: that of the spec, behind that of the block it stands in."""
        sign = self.module.separator
        own = f"{plan.name}{sign}{{{index}}}" if index else plan.name
        if self.spec is not self.module.root:
            return f'f"{{name}}{sign}{own}"'
        return f'f"{own}"' if index else f'"{own}"'

    def avoid_functions(self, plan: Plan, name: str) -> str | None:
        """The name that a layer is given, or None, where Keras calls a function of keras.ops like it."""
        base = re.sub(r"_\d+$", "", name.strip('"'))
        if base not in self.module.operations:
            return name
        return f'{name[:-1]}_layer"' if name_node(plan.entry) is not None else None

    def assign(self, plan: Plan, code: Code) -> None:
        """A statement that gives a call's outputs their variables."""
        body, after = self.body, ""
        targets = plan.variable
        if len(plan.ports) > 1 and isinstance(self.layer_type_of(plan), (Cell, StackedRNNCells, RNN)):
            code = call("keras.tree.flatten", code)  # states stand in lists of their own
        if plan.is_unpacked:
            is_needed = plan.ports if plan.wiring("repeat") else plan.used
            targets = ", ".join([body.code_of(plan, port) if port in is_needed else "_" for port in plan.ports])
        elif len(plan.ports) > 1 and not plan.is_list:
            after = "[0]"
        body.add(f"{targets} = ", code, after)

    def layer_type_of(self, plan: Plan) -> Layer | None:
        """A layer that an entry made."""
        nodes = self.module.uses.nodes_of(plan.entry)
        return nodes[0][0].layer if nodes else None

    def arguments_of(self, plan: Plan, fed: Fed) -> tuple[Code, ...]:
        """The arguments of a layer's call: the first port, and others that it must be fed, by position."""
        made = self.body.plans.find_target(target_of(plan.entry))[0] if plan.is_reuse else plan
        if made.entry.key.value == "Weight":
            self.module.helpers.add("ones_for")
            return (call("ones_for", self.like()),)
        if self.spec.find_block(str(made.entry.key.value)) is not None and len(fed) > 1:
            return (sequence([str(item) for item in fed.values()]),)  # a model of several inputs takes a list
        codes: list[Code] = []
        for position, port in enumerate(self.module.ports_of(self.spec, plan, self.body.plans) or ()):
            name = port_name(port)
            if name in fed:
                item = fed[name]
                code = self.write_several(plan, position, item) if isinstance(item, list) else item
                by_position = position == 0 or (port[-1] not in "?*" and len(codes) == position)
                codes.append(code if by_position else keyword(name, code))
        called = plan.wiring("call")
        if isinstance(called, MappingNode):
            writer = self.body.expressions()
            codes += [keyword(name, writer.write(node)) for name, node in called.fields.items() if name != "training"]
        return tuple(codes)

    def write_several(self, plan: Plan, position: int, items: list[str]) -> Code:
        """What a port is fed that takes many; a sole tensor in no list, where Keras would give a list back."""
        layer = self.layer_type_of(plan)
        if position == 0 and len(items) == 1 and "*" not in items[0] and layer is not None and not layer.lists:
            return items[0]
        if isinstance(layer, StackedRNNCells):
            waiting = iter(items)
            states = [[next(waiting) for _ in list_cell_states(cell, "cells")] for cell in layer.cells]
            return sequence([each[0] if len(each) == 1 else sequence([*each]) for each in states])
        return sequence([*items])

    def write_arange(self, plan: Plan) -> Code:
        """Numbers in order; they hang on an input, so that layers which are fed them are the model's."""
        layer_type = find("ops.arange")
        assert layer_type is not None
        fields = plan.entry.args.fields if isinstance(plan.entry.args, MappingNode) else {}
        codes = write_arguments(layer_type, fields, self.body.expressions())
        if not self.body.inputs:
            return Call("ops.arange", tuple(codes))
        self.module.helpers.add("arange")
        return Call("arange", (self.like(), *codes))
