"""Nodes to configs: values read in their scope, arguments validated, layers within layers built."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import Diagnostic, Edit, Span, did_you_mean, error, shorten
from shapecalc.diagnostics.errors import Refusal
from shapecalc.dims import assume, begin, end
from shapecalc.document.nodes import MappingNode, ScalarNode, resolve, resolve_plain
from shapecalc.layers.arguments.argument import REQUIRED, Arg
from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import CATALOGUE, canonical, find
from shapecalc.model.block import Block, Reuse

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from shapecalc.dims import Relation
    from shapecalc.document.nodes import Node
    from shapecalc.model.context import Context
    from shapecalc.model.spec import ModelSpec

MAX_VALUES = 10_000
MEMO_LIMIT = 4_096
"""Configs that are remembered at a time: a model with more different ones would pay for them in memory."""

_written = attrgetter("value", "style")


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
        self.assumed: dict[Relation, Node] = {}
        """What expressions had to take for granted of symbolic sizes, and where."""

    def plain(self, node: Node) -> Any:
        """The value of a node with its expressions evaluated; raises Refused."""
        if isinstance(node, ScalarNode):
            value = resolve(node)
            return self.expression(node, value) if isinstance(value, str) and "$" in value else value
        found: Any
        if isinstance(node, MappingNode):
            found = {key: self.plain(item) for key, item in node.fields.items()}
            self.refuse_unfolding(found.values(), node)
        else:
            found = [self.plain(item) for item in node.items]
            self.refuse_unfolding(found, node)
        return found

    def refuse_unfolding(self, items: Iterable[object], node: Node) -> None:
        """A list of lists of lists, each read by `$name`, would double with every line; raises Refused."""
        waiting = [item for item in items if isinstance(item, (list, dict))]
        count = 0
        while waiting:
            inner = waiting.pop()
            values = inner if isinstance(inner, list) else inner.values()
            count += len(inner)
            if count > MAX_VALUES:
                message = f"lists in lists that hold more than {MAX_VALUES:,} values"
                raise Refused(error("SC602", message, self.document.span(node)))
            waiting += [item for item in values if isinstance(item, (list, dict))]

    def expression(self, node: ScalarNode, text: str) -> Any:
        """What an expression comes to."""
        from shapecalc.expressions.evaluate import evaluate

        outer = begin()
        try:
            return evaluate(text, self.scope)
        except Refusal as refusal:
            span = self.document.span(node)
            start = span.column + (refusal.offset or 0) + (1 if node.style in ("'", '"') else 0)
            if start < span.end:
                span = Span(span.file, span.line, start, span.end)
            raise Refused(error(refusal.code, refusal.message, span, help=refusal.help)) from None
        finally:
            assumed = end(outer)
            assume(*assumed)  # a block states what it takes for granted as any layer does
            for relation in assumed:
                self.assumed.setdefault(relation, node)


class Configs(Values):
    """Builds the configs of one graph; findings go to `problems`, and what has one comes back as None."""

    def __init__(
        self, spec: ModelSpec, scope: dict[str, Any], context: Context, problems: list[Diagnostic], dtype: str
    ) -> None:
        super().__init__(spec, scope)
        self.context = context
        self.problems = problems
        self.dtype = dtype
        self.has_expressions = "$" in self.document.text
        self.reusable: dict[str, Layer] = {}

    def within(self, variables: dict[str, Any]) -> Configs:
        """The same with loop variables in scope."""
        inner = Configs(self.spec, self.scope | variables, self.context, self.problems, self.dtype)
        inner.reusable, inner.assumed = self.reusable, self.assumed
        return inner

    def problem(
        self, code: str, message: str, node: Node, help: str | None = None, edits: tuple[Edit, ...] = ()
    ) -> None:
        """Reports an error at a node."""
        span = self.document.span(node)
        self.problems.append(error(code, message, span, help=help, edits=edits))

    def layer(self, key: ScalarNode, args: Node | None) -> Layer | None:
        """The config of the layer type or block that `key` names; None where something was reported."""
        configs = self.context.configs
        memo = self.memo_key(key, args)
        found = configs.get(memo)
        if found is not None:
            return found
        layer = self.build(key, args)
        if layer is not None and memo is not None and self.stands_alone(key, args):
            if len(configs) >= MEMO_LIMIT:
                configs.clear()
            configs[memo] = layer
        return layer

    def memo_key(self, key: ScalarNode, args: Node | None) -> Hashable:
        """Type, names and texts where all arguments are scalars, name apart: equal ones give one config."""
        if args is None:
            return key.value, self.dtype
        if not isinstance(args, MappingNode):
            return None
        fields: Any = args.fields
        if "name" in fields:
            fields = {name: value for name, value in fields.items() if name != "name"}
        try:
            return (key.value, self.dtype, *fields, *map(_written, fields.values()))
        except AttributeError:  # a mapping or a list has no text
            return None

    def stands_alone(self, key: ScalarNode, args: Node | None) -> bool:
        """Whether a config depends on nothing but the texts of its entry: no block, no argument of the model."""
        if canonical(key.value) not in CATALOGUE:
            return False
        if not self.has_expressions or not isinstance(args, MappingNode):
            return True
        fields: Any = args.fields
        return "$" not in " ".join([value.value for name, value in fields.items() if name != "name"])

    def build(self, key: ScalarNode, args: Node | None) -> Layer | None:
        """The config, read argument by argument."""
        type_name = str(key.value)
        is_block = self.spec.knows_block(type_name)
        layer_type = None if is_block else find(type_name)
        if layer_type is not None and layer_type.refused:
            return layer_type()
        if args is not None and not isinstance(args, MappingNode):
            if not (isinstance(args, ScalarNode) and resolve(args) is None):
                from shapecalc.model.mistakes.misread import arguments_without_names

                arguments_without_names(self, key, args)
                return None
            args = None
        if is_block:
            return self.block(key, args)
        if layer_type is None:
            from shapecalc.model.mistakes.misread import unknown_type

            unknown_type(self, key, args)
            return None
        if layer_type.deprecated:
            self.context.deprecated = True
        before = len(self.problems)
        values = self.arguments(key, args, layer_type.args, layer_type)
        if len(self.problems) > before:
            return None
        if self.dtype != "float32" and "dtype" not in values and layer_type.args.get("dtype") is Layer.args["dtype"]:
            values["dtype"] = self.dtype
        return layer_type(**values)

    def arguments(
        self, key: ScalarNode, node: MappingNode | None, args: dict[str, Arg[Any]], owner: type[Layer]
    ) -> dict[str, Any]:
        """Values by argument; every fault is reported, none stops the reading of the others."""
        type_name = str(key.value)
        values: dict[str, Any] = {}
        fields = node.fields if node else {}
        unknown = []
        for event in node.keys if node else ():
            name = event.value
            argument = args.get(name)
            if argument is None or argument.call:
                if name != "name":
                    unknown.append(event)
            else:
                self.argument(name, argument, fields[name], values, owner, type_name)
        meant: set[str] = set()
        if node is not None and unknown:
            from shapecalc.model.mistakes.misread import unknown_arguments

            meant = unknown_arguments(self, key, node, unknown, args, owner)
        missing = [name for name in owner.required if name not in fields and name not in meant]
        if missing:
            shown = ", ".join(f"{name}: ..." for name in missing)
            help = f"write `{type_name}: {{{shown}}}`; `shapecalc layers {type_name}` says what they mean"
            self.problem("SC203", f"{shorten(type_name)} needs {_listed(missing)}", key, help=help)
        return values

    def argument(
        self, name: str, argument: Arg[Any], node: Node, values: dict[str, Any], owner: type[Layer], type_name: str
    ) -> None:
        """Reads one argument into `values`, or reports why not."""
        value: Any
        try:
            if argument.holds_layers:
                value = self.nested(node)
                if value is None and not (isinstance(node, ScalarNode) and resolve(node) is None):
                    return
            elif isinstance(node, ScalarNode) and not node.style and "$" not in node.value:
                value = resolve_plain(node.value)  # as `plain` would: most arguments are one word
            else:
                value = self.plain(node)
            values[name] = argument.read(value, owner)
        except Refused as refused:
            self.problems.append(refused.diagnostic)
        except Refusal as error:
            self.refuse_value(f"`{name}` of {type_name}", value, node, error, lambda guess: argument.read(guess, owner))

    def refuse_value(self, what: str, value: object, node: Node, error: Refusal, read: Callable[[Any], object]) -> None:
        """Reports a value that does not fit, with what was probably meant: a guess is tried by `read`."""
        instead, help = error.instead, error.help
        if instead is None:
            from shapecalc.model.mistakes.values import suggest_value

            instead = suggest_value(value, read, self.scope)
            help = help if instead is None else f"write `{instead}`"
        edits: tuple[Edit, ...] = ()
        if instead is not None:
            from shapecalc.document.edits import replacing

            edits = (replacing(self.document, node, instead),)
        self.problem(error.code, f"{what} {error.message}", node, help, edits)

    def nested(self, node: Node) -> Layer | list[Layer | None] | None:
        """A layer that stands where an argument is wanted: a type, a block, `{reuse: NAME}`, or a list of such."""
        if isinstance(node, ScalarNode):
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
        if not isinstance(node, MappingNode):
            found = [self.nested(item) for item in node.items]
            return None if any(item is None for item in found) else found  # type: ignore[return-value]
        only = node.only()
        if only is None:
            self.problem("SC204", "a layer is one type with its arguments: `{Dense: {units: 8}}`", node)
            return None
        key, args = only
        if key.value == "reuse":
            return self.reuse(args)
        layer = self.layer(key, args)
        name = args.fields.get("name") if isinstance(args, MappingNode) else None
        if layer is None or not isinstance(name, ScalarNode):
            return layer
        named = layer.replace()
        named.name = str(name.value)
        return named

    def reuse(self, node: Node) -> Layer | None:
        """The proxy of a layer above."""
        name = str(node.value) if isinstance(node, ScalarNode) else ""
        layer = self.reusable.get(name)
        if layer is None:
            guess = did_you_mean(name, self.reusable)
            help = f"did you mean `{guess}`?" if guess else "name a layer above, in the same list of layers"
            self.problem("SC312", f"there is no layer `{shorten(name)}` above to reuse", node, help=help)
            return None
        return Reuse(layer, name)

    def block(self, key: ScalarNode, args: MappingNode | None) -> Layer | None:
        """A block with the values of its arguments."""
        spec = self.spec.find_block(str(key.value))
        if spec is None:
            return None
        before = len(self.problems)
        common = {name: Layer.args[name] for name in ("trainable", "dtype")}
        values: dict[str, Any] = {}
        given = set(args.fields) if args else set()
        for event in args.keys if args else ():
            name = str(event.value)
            node = args.fields[name]  # type: ignore[union-attr]
            if name in spec.args:
                try:
                    values[name] = self.plain(node)
                except Refused as refused:
                    self.problems.append(refused.diagnostic)
            elif name in common:
                self.argument(name, common[name], node, values, Layer, spec.name)
            elif name != "name":
                guess = did_you_mean(name, spec.args) or ""
                given.add(guess)
                takes = f"it takes {', '.join(spec.args)}"
                if not spec.args:
                    takes = f"it takes no arguments: `args: {{{shorten(name)}: ...}}` in the block declares one"
                help = f"did you mean `{guess}`?" if guess else takes
                message = f"the block {shorten(spec.name)} has no argument `{shorten(name)}`"
                self.problem("SC202", message, event, help=help)
        missing = [name for name, default in spec.args.items() if is_required(default) and name not in given]
        if missing:
            shown = ", ".join(f"{name}: ..." for name in missing)
            help = f"write `{shorten(spec.name)}: {{{shown}}}`"
            self.problem("SC203", f"the block {shorten(spec.name)} needs {_listed(missing)}", key, help)
        scope = block_scope(spec, values, self.scope, self)
        if len(self.problems) > before:
            return None
        own = {name: values[name] for name in common if name in values}
        if spec.dtype is not None and "dtype" not in own:
            inner = Configs(spec, scope, self.context, self.problems, self.dtype)
            inner.argument("dtype", common["dtype"], spec.dtype, own, Layer, spec.name)
        own.setdefault("dtype", self.dtype)
        # Equal blocks are one config, so that they are walked once: blocks of blocks would double at every level.
        memo = (spec, key.value, *map(frozen, scope.items()), *map(frozen, own.items()))
        found = self.context.configs.get(memo)
        if found is None:
            found = self.context.configs[memo] = Block(spec, scope, self.context, str(key.value), **own)
        return found


def block_scope(spec: ModelSpec, values: dict[str, Any], outer: dict[str, Any], configs: Configs) -> dict[str, Any]:
    """What `$name` reads inside a block: the model's arguments, then its own, given or by default."""
    scope = {} if spec.parent is None else {name: outer[name] for name in spec.root.args if name in outer}
    for name, node in spec.args.items():
        if name in values:
            scope[name] = values[name]
        elif not is_required(node):
            values_of = Values(spec, scope)
            values_of.assumed = configs.assumed
            try:
                scope[name] = values_of.plain(node)
            except Refused as refused:
                configs.problems.append(refused.diagnostic)
    return scope


def _listed(arguments: list[str]) -> str:
    """`the argument `a``, `the arguments `a` and `b``."""
    names = " and ".join(f"`{shorten(name)}`" for name in arguments)
    return f"the argument {names}" if len(arguments) == 1 else f"the arguments {names}"


def frozen(value: object) -> object:
    """A value as a key: hashable, and unlike whatever it only equals, as 1 equals true."""
    if isinstance(value, (list, tuple)):
        return tuple(map(frozen, value))
    if isinstance(value, dict):
        return tuple((name, frozen(item)) for name, item in value.items())
    return value.__class__, value


def is_required(node: Node) -> bool:
    """Whether an argument's default is the word `required`."""
    return isinstance(node, ScalarNode) and not node.style and node.value == repr(REQUIRED)
