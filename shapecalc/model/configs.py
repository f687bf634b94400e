"""Nodes to configs: values read in their scope, arguments validated, layers within layers built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yaml.events import ScalarEvent

from shapecalc.diagnostics import Diagnostic, Span, did_you_mean, shorten
from shapecalc.layers.args import REQUIRED, Arg
from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import CATALOGUE, find
from shapecalc.layers.kinds import ArgumentError, LayerKind, LayersKind
from shapecalc.model.block import Block, Reuse
from shapecalc.model.document import Mapping, resolve

if TYPE_CHECKING:
    from shapecalc.model.context import Context
    from shapecalc.model.document import Node
    from shapecalc.model.spec import ModelSpec

FALSE_FRIENDS = {
    "Linear": "Dense", "FullyConnected": "Dense", "Conv1d": "Conv1D", "Conv2d": "Conv2D", "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D", "MaxPool1D": "MaxPooling1D", "MaxPool2D": "MaxPooling2D", "MaxPool3D": "MaxPooling3D",
    "AvgPool1D": "AveragePooling1D", "AvgPool2D": "AveragePooling2D", "AvgPool3D": "AveragePooling3D",
    "BatchNorm": "BatchNormalization", "BatchNorm2d": "BatchNormalization", "LayerNorm": "LayerNormalization",
    "Concat": "Concatenate", "Input": "InputLayer", "MultiheadAttention": "MultiHeadAttention",
}  # fmt: skip
"""What other libraries call a layer."""


class Refused(Exception):
    """A value that cannot be read; the finding says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Values:
    """Reads the values of one spec in one scope: `scope` is what `$name` may read."""

    def __init__(self, spec: ModelSpec, scope: dict[str, Any]) -> None:
        self.spec = spec
        self.document = spec.document
        self.scope = scope

    def plain(self, node: Node) -> Any:
        """The value of a node with its expressions evaluated; raises Refused."""
        if isinstance(node, ScalarEvent):
            value = resolve(node)
            return self.expression(node, value) if isinstance(value, str) and "$" in value else value
        if isinstance(node, Mapping):
            return {key: self.plain(item) for key, item in node.fields.items()}
        return [self.plain(item) for item in node.items]

    def expression(self, node: ScalarEvent, text: str) -> Any:
        """What an expression comes to."""
        from shapecalc.model.expressions import ExpressionError, evaluate

        try:
            return evaluate(text, self.scope)
        except ExpressionError as error:
            span = self.document.span(node)
            start = span.column + error.offset + (1 if node.style in ("'", '"') else 0)
            if start < span.end:
                span = Span(span.file, span.line, start, span.end)
            raise Refused(Diagnostic(error.code, "error", "", error.message, span, help=error.help)) from None


class Configs(Values):
    """Builds the configs of one graph; findings go to `problems`, and what has one comes back as None."""

    def __init__(
        self, spec: ModelSpec, scope: dict[str, Any], context: Context, problems: list[Diagnostic], dtype: str
    ) -> None:
        super().__init__(spec, scope)
        self.context = context
        self.problems = problems
        self.dtype = dtype
        self.reusable: dict[str, Layer] = {}

    def within(self, variables: dict[str, Any]) -> Configs:
        """The same with loop variables in scope."""
        inner = Configs(self.spec, self.scope | variables, self.context, self.problems, self.dtype)
        inner.reusable = self.reusable
        return inner

    def problem(self, code: str, message: str, node: Node, subject: str = "", help: str | None = None) -> None:
        """Reports an error at a node."""
        self.problems.append(Diagnostic(code, "error", subject, message, self.document.span(node), help=help))

    def layer(self, key: ScalarEvent, args: Node | None) -> Layer | None:
        """The config of the layer type or block that `key` names; None where something was reported."""
        memo = None
        if args is None or args.__class__ is Mapping:
            memo = self.memo_key(key, args)
            if memo is not None:
                found = self.context.configs.get(memo)
                if found is not None:
                    return found
        layer = self.build(key, args)
        if memo is not None and layer is not None:
            self.context.configs[memo] = layer
        return layer

    def memo_key(self, key: ScalarEvent, args: Mapping | None) -> tuple[Any, ...] | None:
        """What a config depends on where it is plain scalars alone: equal texts give one config, name apart."""
        parts: list[Any] = [key.value, self.dtype]
        if args is not None:
            for name, value in args.fields.items():
                if value.__class__ is not ScalarEvent:
                    return None
                if name != "name":
                    text = value.value
                    if "$" in text:
                        return None
                    parts += (name, text, value.style)
        if key.value not in CATALOGUE:
            return None
        return tuple(parts)

    def build(self, key: ScalarEvent, args: Node | None) -> Layer | None:
        """The config, read argument by argument."""
        type_name = str(key.value)
        if args is not None and not isinstance(args, Mapping):
            if not (isinstance(args, ScalarEvent) and resolve(args) is None):
                self.problem(
                    "SC204",
                    f"{shorten(type_name)} takes its arguments as a mapping",
                    args,
                    help=f"write `{{{type_name}: {{...}}}}`",
                )
                return None
            args = None
        if self.spec.knows_block(type_name):
            return self.block(key, args)
        layer_type = find(type_name)
        if layer_type is None:
            self.unknown_type(key)
            return None
        before = len(self.problems)
        values = self.arguments(key, args, layer_type.args, layer_type)
        if len(self.problems) > before:
            return None
        if self.dtype != "float32" and "dtype" not in values and "dtype" in layer_type.args:
            values["dtype"] = self.dtype
        return layer_type(**values)

    def unknown_type(self, key: ScalarEvent) -> None:
        """Reports a name that is neither a layer type nor a block."""
        name = str(key.value)
        blocks = [block for spec in self.spec.lineage() for block in spec.blocks]
        guess = FALSE_FRIENDS.get(name) or did_you_mean(name, (*blocks, *CATALOGUE))
        help = (
            f"did you mean `{guess}`?"
            if guess
            else "`shapecalc layers` lists the layer types; blocks stand under `blocks`"
        )
        self.problem("SC201", f"there is no layer type `{shorten(name)}`", key, help=help)

    def arguments(
        self, key: ScalarEvent, node: Mapping | None, args: dict[str, Arg[Any]], owner: type[Layer]
    ) -> dict[str, Any]:
        """Values by argument; every fault is reported, none stops the reading of the others."""
        type_name = str(key.value)
        values: dict[str, Any] = {}
        for event in node.keys if node else ():
            name = str(event.value)
            argument = args.get(name)
            if argument is None or argument.call:
                if name != "name":
                    self.unknown_argument(event, type_name, args)
            else:
                self.argument(name, argument, node.fields[name], values, owner, type_name)  # type: ignore[union-attr]
        missing = [f"`{name}`" for name, argument in args.items() if argument.required and name not in values]
        missing = [name for name in missing if not (node and name.strip("`") in node.fields)]
        if missing:
            words = "the argument " if len(missing) == 1 else "the arguments "
            help = f"`shapecalc layers {type_name}` shows them" if type_name in CATALOGUE else None
            self.problem("SC203", f"{shorten(type_name)} needs {words}{' and '.join(missing)}", key, help=help)
        return values

    def argument(
        self, name: str, argument: Arg[Any], node: Node, values: dict[str, Any], owner: type[Layer], type_name: str
    ) -> None:
        """Reads one argument into `values`, or reports why not."""
        try:
            if isinstance(argument.kind, (LayerKind, LayersKind)):
                value = self.nested(node)
                if value is None and not (isinstance(node, ScalarEvent) and resolve(node) is None):
                    return
            else:
                value = self.plain(node)
            values[name] = argument.read(value, owner)
        except Refused as refused:
            self.problems.append(refused.diagnostic)
        except ArgumentError as error:
            self.problem(error.code, f"`{name}` of {type_name} {error.message}", node, help=error.help)

    def unknown_argument(self, event: ScalarEvent, type_name: str, args: dict[str, Arg[Any]]) -> None:
        """Reports an argument the type does not have."""
        name = str(event.value)
        help: str | None
        if name in args:
            help = f"it belongs to the call: write it beside the type, `call: {{{name}: ...}}`"
        elif name in ("from", "if", "repeat", "call"):
            help = f"`{name}` stands beside the type, on a line of its own"
        else:
            guess = did_you_mean(name, args)
            help = (
                f"did you mean `{guess}`?"
                if guess
                else f"it takes {', '.join(n for n, a in args.items() if not a.call)}"
            )
        self.problem("SC202", f"{shorten(type_name)} has no argument `{shorten(name)}`", event, help=help)

    def nested(self, node: Node) -> Layer | list[Layer | None] | None:
        """A layer that stands where an argument is wanted: a type, a block, `{reuse: NAME}`, or a list of such."""
        if isinstance(node, ScalarEvent):
            if resolve(node) is None:
                return None
            if "$" in str(node.value):
                self.problem(
                    "SC204",
                    "a layer cannot be read from an argument",
                    node,
                    help="write the layer here, or use a block",
                )
                return None
            return self.layer(node, None)
        if not isinstance(node, Mapping):
            found = [self.nested(item) for item in node.items]
            return None if any(item is None for item in found) else found  # type: ignore[return-value]
        if len(node.keys) != 1:
            self.problem("SC204", "a layer is one type with its arguments: `{Dense: {units: 8}}`", node)
            return None
        key = node.keys[0]
        if key.value == "reuse":
            return self.reuse(node.fields["reuse"])
        args = node.fields[key.value]
        layer = self.layer(key, args)
        name = args.fields.get("name") if isinstance(args, Mapping) else None
        if layer is None or not isinstance(name, ScalarEvent):
            return layer
        named = layer.replace()
        named.name = str(name.value)
        return named

    def reuse(self, node: Node) -> Layer | None:
        """The proxy of a layer above."""
        name = str(node.value) if isinstance(node, ScalarEvent) else ""
        layer = self.reusable.get(name)
        if layer is None:
            guess = did_you_mean(name, self.reusable)
            help = f"did you mean `{guess}`?" if guess else "name a layer above, in the same list of layers"
            self.problem("SC312", f"there is no layer `{shorten(name)}` above to reuse", node, help=help)
            return None
        return Reuse(layer, name)

    def block(self, key: ScalarEvent, args: Mapping | None) -> Layer | None:
        """A block with the values of its arguments."""
        spec = self.spec.find_block(str(key.value))
        if spec is None:
            return None
        before = len(self.problems)
        common = {name: Layer.args[name] for name in ("trainable", "dtype")}
        values: dict[str, Any] = {}
        for event, node in zip(args.keys, args.fields.values(), strict=False) if args else ():
            name = str(event.value)
            if name in spec.args:
                try:
                    values[name] = self.plain(node)
                except Refused as refused:
                    self.problems.append(refused.diagnostic)
            elif name in common:
                self.argument(name, common[name], node, values, Layer, spec.name)
            elif name != "name":
                guess = did_you_mean(name, spec.args)
                takes = ", ".join(spec.args) or "no arguments"
                help = f"did you mean `{guess}`?" if guess else f"it takes {takes}"
                self.problem(
                    "SC202", f"the block {shorten(spec.name)} has no argument `{shorten(name)}`", event, help=help
                )
        scope = block_scope(spec, values, self.scope, key, self)
        if len(self.problems) > before or scope is None:
            return None
        return Block(spec, scope, self.context, **{name: values[name] for name in common if name in values})


def block_scope(
    spec: ModelSpec, values: dict[str, Any], outer: dict[str, Any], key: Node, configs: Configs
) -> dict[str, Any] | None:
    """What `$name` reads inside a block: the model's arguments, then its own, given or by default."""
    scope = {} if spec.parent is None else {name: outer[name] for name in spec.root.args if name in outer}
    missing = []
    for name, node in spec.args.items():
        if name in values:
            scope[name] = values[name]
            continue
        if is_required(node):
            missing.append(f"`{name}`")
            continue
        try:
            scope[name] = Values(spec, scope).plain(node)
        except Refused as refused:
            configs.problems.append(refused.diagnostic)
    if missing:
        words = "the argument " if len(missing) == 1 else "the arguments "
        configs.problem("SC203", f"the block {shorten(spec.name)} needs {words}{' and '.join(missing)}", key)
        return None
    return scope


def is_required(node: Node) -> bool:
    """Whether an argument's default is the word `required`."""
    return isinstance(node, ScalarEvent) and not node.style and node.value == repr(REQUIRED)
