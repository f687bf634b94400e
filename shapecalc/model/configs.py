"""Nodes to configs: the layer types that a spec names, with the values of their arguments."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import Diagnostic, Fix, did_you_mean, shorten
from shapecalc.document.nodes import MappingNode, ScalarNode, resolve
from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import CATALOGUE, canonical, find
from shapecalc.model.block import Reuse
from shapecalc.model.block_configs import build_block, list_arguments
from shapecalc.model.values import UNREAD, Values

if TYPE_CHECKING:
    from collections.abc import Hashable

    from shapecalc.document.nodes import Node
    from shapecalc.layers.arguments.argument import Arg
    from shapecalc.model.context import Context
    from shapecalc.model.spec import ModelSpec

MEMO_LIMIT = 4_096
"""Most configs that are remembered at a time, which bounds the memory they take."""

_value_and_style = attrgetter("value", "style")


class Configs(Values):
    """Builds the configs of one graph. A config with a fault is reported, and is None.

    `dtype` is that of layers which give none, `reusable` the layers above by their names.
    """

    def __init__(
        self, spec: ModelSpec, scope: dict[str, Any], context: Context, findings: list[Diagnostic], dtype: str
    ) -> None:
        super().__init__(spec, scope, findings)
        self.context = context
        self.dtype = dtype
        self.has_expressions = self.document.has_expressions
        self.reusable: dict[str, Layer] = {}

    def add_variables(self, variables: dict[str, Any]) -> Configs:
        """The same reader with loop variables in scope."""
        inner = Configs(self.spec, self.scope | variables, self.context, self.findings.diagnostics, self.dtype)
        inner.reusable, inner.assumed = self.reusable, self.assumed
        return inner

    def build_layer(self, key: ScalarNode, args: Node | None) -> Layer | None:
        """The config of the layer type or block that `key` names; equal entries have one config."""
        configs = self.context.configs
        memo = self._make_memo_key(key, args)
        known = configs.get(memo)
        if known is not None:
            return known
        layer = self._build_layer(key, args)
        if layer is not None and memo is not None and self._stands_alone(key, args):
            if len(configs) >= MEMO_LIMIT:
                configs.clear()
            configs[memo] = layer
        return layer

    def _make_memo_key(self, key: ScalarNode, args: Node | None) -> Hashable:
        """Type, names and texts of arguments that are all scalars, `name` left out; None where they are not."""
        if args is None:
            return key.value, self.dtype
        if not isinstance(args, MappingNode):
            return None
        fields: Any = args.fields
        if "name" in fields:
            fields = {name: value for name, value in fields.items() if name != "name"}
        try:
            return (key.value, self.dtype, *fields, *map(_value_and_style, fields.values()))
        except AttributeError:  # a mapping or a list has no text
            return None

    def _stands_alone(self, key: ScalarNode, args: Node | None) -> bool:
        """Whether a config depends on the texts of its entry alone: not on a block or an argument of the model."""
        if canonical(key.value) not in CATALOGUE:
            return False
        if not self.has_expressions or not isinstance(args, MappingNode):
            return True
        fields: Any = args.fields
        return "$" not in " ".join([value.value for name, value in fields.items() if name != "name"])

    def _build_layer(self, key: ScalarNode, args: Node | None) -> Layer | None:
        """The config, read argument by argument."""
        type_name = str(key.value)
        is_block = self.spec.knows_block(type_name)
        layer_type = None if is_block else find(type_name)
        if layer_type is not None and layer_type.refused:
            return layer_type()
        if args is not None and not isinstance(args, MappingNode):
            if not (isinstance(args, ScalarNode) and resolve(args) is None):
                from shapecalc.model.mistakes.misread import refuse_unnamed_arguments

                refuse_unnamed_arguments(self, key, args)
                return None
            args = None
        if is_block:
            block = self.spec.find_block(type_name)
            return None if block is None else build_block(self, block, key, args, self.context, self.dtype)
        if layer_type is None:
            code = self.spec.root.code
            if code is not None and type_name in code.layers:
                return code.layers[type_name]
            from shapecalc.model.mistakes.misread import refuse_unknown_type

            refuse_unknown_type(self, key, args)
            return None
        if layer_type.deprecated:
            self.context.deprecated = True
        findings = self.findings.diagnostics
        before = len(findings)
        values = self._read_arguments(key, args, layer_type)
        # What could not be read of a block that was reported has no finding of its own here.
        if len(findings) > before or not all(map(values.__contains__, layer_type.required)):
            return None
        if self.dtype != "float32" and "dtype" not in values and layer_type.args.get("dtype") is Layer.args["dtype"]:
            values["dtype"] = self.dtype
        return layer_type(**values)

    def _read_arguments(self, key: ScalarNode, node: MappingNode | None, owner: type[Layer]) -> dict[str, Any]:
        """Values by argument; every fault is reported, and none stops the reading of the others."""
        type_name = str(key.value)
        args = owner.args
        values: dict[str, Any] = {}
        fields = node.fields if node else {}
        unknown = []
        for name_node in node.keys if node else ():
            name = name_node.value
            argument = args.get(name)
            if argument is None or argument.call:
                if name != "name":
                    unknown.append(name_node)
            else:
                self.read_into(values, argument, fields[name], owner, type_name)
        meant: set[str] = set()
        if node is not None and unknown:
            from shapecalc.model.mistakes.unknown_arguments import refuse_unknown_arguments

            meant = refuse_unknown_arguments(self, key, node, unknown, owner)
        missing = [name for name in owner.required if name not in fields and name not in meant]
        if missing:
            shown = ", ".join(f"{name}: ..." for name in missing)
            help = f"write `{type_name}: {{{shown}}}`; `shapecalc layers {type_name}` says what they mean"
            self.findings.error("SC203", f"{shorten(type_name)} needs {list_arguments(missing)}", key, help=help)
        return values

    def read_into(
        self, values: dict[str, Any], argument: Arg[Any], node: Node, owner: type[Layer], type_name: str
    ) -> None:
        """Put the value of one argument into `values`, or report why it has none."""
        if argument.holds_layers:
            value = self.check_argument(argument, self._read_layers(node), node, owner, type_name)
        else:
            value = self.read_argument(argument, node, owner, type_name)
        if value is not UNREAD:
            values[argument.name] = value

    def _read_layers(self, node: Node) -> Any:
        """The layer, or list of layers, that stands as an argument: a type, a block, `{reuse: NAME}`; else UNREAD."""
        if isinstance(node, ScalarNode):
            if resolve(node) is None:
                return None
            if "$" in str(node.value):
                help = "write the layer here, or use a block"
                self.findings.error("SC204", "a layer cannot be read from an argument", node, help=help)
                return UNREAD
            return self.build_layer(node, None) or UNREAD
        if not isinstance(node, MappingNode):
            layers = [self._read_layers(item) for item in node.items]
            return UNREAD if UNREAD in layers else layers
        only = node.only()
        if only is None:
            self.findings.error("SC204", "a layer is one type with its arguments: `{Dense: {units: 8}}`", node)
            return UNREAD
        key, args = only
        layer = self._reuse(args) if key.value == "reuse" else self.build_layer(key, args)
        name = args.fields.get("name") if isinstance(args, MappingNode) else None
        if layer is None or not isinstance(name, ScalarNode):
            return layer or UNREAD
        named = layer.replace()
        named.name = str(name.value)
        return named

    def _reuse(self, node: Node) -> Layer | None:
        """A layer above, standing within another."""
        name = str(node.value) if isinstance(node, ScalarNode) else ""
        layer = self.reusable.get(name)
        if layer is None:
            guess = did_you_mean(name, self.reusable)
            help: str | Fix = "name a layer above, in the same list of layers"
            if guess:
                from shapecalc.document.fixes import suggest

                help = suggest(self.document, node, guess, self.reusable)
            self.findings.error("SC312", f"there is no layer `{shorten(name)}` above to reuse", node, help=help)
            return None
        return Reuse(layer, name)

    def add_call(self, layer: Layer, call: Node) -> Layer | None:
        """A config with the arguments of a call put in."""
        if not isinstance(call, MappingNode):
            word = shorten(call.value) if isinstance(call, ScalarNode) and call.value else "use_causal_mask"
            from shapecalc.document.fixes import write

            fix = write(self.document, call, f"{{{word}: true}}", "write `call: {}`", safe=False)
            self.findings.error("SC108", "`call` is a mapping of call arguments", call, help=fix)
            return None
        known = {name: argument for name, argument in type(layer).args.items() if argument.call}
        values: dict[str, Any] = {}
        for name_node in call.keys:
            name = str(name_node.value)
            node = call.fields[name]
            if name in known:
                self.read_into(values, known[name], node, type(layer), layer.type_name)
            elif name == "training":
                if not (isinstance(node, ScalarNode) and resolve(node) is False):
                    message = "the forward pass is inference, so `training` cannot be true"
                    self.findings.error("SC206", message, node)
            else:
                message = f"the call of {layer.type_name} has no argument `{shorten(name)}`"
                guess = did_you_mean(name, known)
                help: str | Fix = "its call takes tensors only: they stand in `from`"
                if guess:
                    from shapecalc.document.fixes import suggest

                    help = suggest(self.document, name_node, guess, known)
                elif known:
                    help = f"its call takes {', '.join(known)}"
                self.findings.error("SC202", message, name_node, help=help)
        return layer.replace(**values) if values else layer
