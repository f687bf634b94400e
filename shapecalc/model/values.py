"""Values of a spec, read in their scope: expressions are evaluated, arguments checked by their kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from shapecalc.diagnostics import Diagnostic, Fault, Fix, Span, error
from shapecalc.diagnostics.errors import Refusal
from shapecalc.dims import assume, watch_assumptions
from shapecalc.document.findings import Findings
from shapecalc.document.nodes import MappingNode, ScalarNode, resolve, resolve_plain
from shapecalc.layers.arguments.argument import REQUIRED, Arg

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapecalc.dims import Relation
    from shapecalc.document.nodes import Node
    from shapecalc.layers.base import Layer
    from shapecalc.model.spec import ModelSpec

MAX_VALUES = 10_000
"""How many values the lists in a list may hold."""

UNREAD: Final[Any] = object()
"""Stands for a value that could not be read, which was reported."""


class Values:
    """Reads the values of one spec: `scope` is what `$name` may read, `findings` says what cannot be read.

    `assumed` holds what expressions had to take for granted of symbolic sizes, and where.
    """

    def __init__(self, spec: ModelSpec, scope: dict[str, Any], findings: list[Diagnostic]) -> None:
        self.spec = spec
        self.document = spec.document
        self.scope = scope
        self.findings = Findings(spec.document, findings)
        self.assumed: dict[Relation, Node] = {}

    def read(self, node: Node) -> Any:
        """The value of a node; UNREAD where it was reported that there is none."""
        if isinstance(node, ScalarNode) and not node.style and "$" not in node.value:
            return resolve_plain(node.value)  # most values are one word
        try:
            return self.evaluate(node)
        except Fault as fault:
            self.findings.add(fault)
            return UNREAD

    def read_argument(self, argument: Arg[Any], node: Node, owner: type[Layer], type_name: str) -> Any:
        """The value of an argument as configs of `owner` hold it; UNREAD where something was reported."""
        return self.check_argument(argument, self.read(node), node, owner, type_name)

    def check_argument(self, argument: Arg[Any], value: Any, node: Node, owner: type[Layer], type_name: str) -> Any:
        """A value as configs of `owner` hold it; UNREAD where something was reported."""
        if value is UNREAD:
            return UNREAD
        try:
            return argument.read(value, owner)
        except Refusal as refusal:
            self._refuse_argument(argument, value, node, refusal, owner, type_name)
            return UNREAD

    def _refuse_argument(
        self, argument: Arg[Any], value: Any, node: Node, refusal: Refusal, owner: type[Layer], type_name: str
    ) -> None:
        """Report a value that does not fit, with what was probably meant."""
        from shapecalc.document.fixes import divide_whole, take_way_out, write

        help = take_way_out(self.document, node, refusal)
        if refusal.instead is None:
            from shapecalc.model.mistakes.values import suggest_value

            meant = suggest_value(value, lambda guess: argument.read(guess, owner), self.scope)
            help = help if meant is None else write(self.document, node, meant.text, safe=meant.safe)
            if refusal.code == "SC211" and isinstance(help, str) and help.startswith("divide"):
                help = divide_whole(self.document, node, help)
        if isinstance(help, Fix) and isinstance(node, ScalarNode) and "$" in str(node.value):
            help = help._replace(safe=False)  # what it is worked out from would be lost
        message = f"`{argument.name}` of {type_name} {refusal.message}"
        self.findings.error(refusal.code, message, node, help=help)

    def evaluate(self, node: Node) -> Any:
        """The value of a node with its expressions evaluated. Raises Fault."""
        if isinstance(node, ScalarNode):
            value = resolve(node)
            return self._evaluate_text(node, value) if isinstance(value, str) and "$" in value else value
        if isinstance(node, MappingNode):
            fields = {key: self.evaluate(inner) for key, inner in node.fields.items()}
            self._refuse_unfolding(fields.values(), node)
            return fields
        items = [self.evaluate(inner) for inner in node.items]
        self._refuse_unfolding(items, node)
        return items

    def _evaluate_text(self, node: ScalarNode, text: str) -> Any:
        """What an expression comes to. Raises Fault, without a finding where it reads a value that was not read."""
        from shapecalc.expressions.evaluate import evaluate

        if UNREAD in self.scope.values() and self._reads_unread(text):
            raise Fault  # it was reported that there is no such value
        try:
            with watch_assumptions as assumed:
                return evaluate(text, self.scope)
        except Refusal as refusal:
            span = self.document.span(node)
            start = span.column + (refusal.offset or 0) + (1 if node.style in ("'", '"') else 0)
            if start < span.end:
                span = Span(span.file, span.line, start, span.end)
            from shapecalc.document.fixes import take_way_out

            help = refusal.help if self.document.places else take_way_out(self.document, node, refusal)
            if isinstance(help, Fix) and self.document.diagnostics:  # what declares the name may be unread
                help = help._replace(safe=False)
            raise Fault(error(refusal.code, refusal.message, span, help=help)) from None
        finally:
            assume(*assumed)  # a block states what it takes for granted as any layer does
            for relation in assumed:
                self.assumed.setdefault(relation, node)

    def _reads_unread(self, text: str) -> bool:
        """Whether an expression reads a value that could not be read; not one that breaks off, which says so itself."""
        from shapecalc.expressions.evaluate import names

        try:
            return any(self.scope.get(name) is UNREAD for name in names(text))
        except Refusal:
            return False

    def _refuse_unfolding(self, values: Iterable[object], node: Node) -> None:
        """Raises Fault for too many values: a list of lists, each read by `$name`, doubles with every line."""
        waiting = [value for value in values if isinstance(value, (list, dict))]
        count = 0
        while waiting:
            inner = waiting.pop()
            count += len(inner)
            if count > MAX_VALUES:
                message = f"lists in lists that hold more than {MAX_VALUES:,} values"
                raise Fault(error("SC602", message, self.document.span(node)))
            held = inner if isinstance(inner, list) else inner.values()
            waiting += [value for value in held if isinstance(value, (list, dict))]


def is_required(default: Node) -> bool:
    """Whether the default of a spec's argument is the word `required`."""
    return isinstance(default, ScalarNode) and not default.style and default.value == repr(REQUIRED)
