"""Compares the `expect` of a spec with what was inferred."""

from __future__ import annotations

import re
from collections.abc import Iterable
from operator import eq, ge, gt, le, lt
from typing import TYPE_CHECKING, Any

from shapecalc.analysis.amounts import parse_amount
from shapecalc.analysis.costs import find_peak_activation
from shapecalc.analysis.report import Report, Row
from shapecalc.diagnostics import Diagnostic, Fault, Fix, did_you_mean, note, shorten
from shapecalc.dims import Dim, Shape, Size, add_up, bind, is_unknown, parse_shape, parse_size, symbols, unknown
from shapecalc.document.fixes import suggest, write
from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode, resolve
from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.model.values import UNREAD, Values, is_required

if TYPE_CHECKING:
    from fractions import Fraction

    from shapecalc.document.nodes import Node

_BOUND = re.compile(r"\A\s*(<=|>=|<|>|==|=|)(.*)\Z", re.DOTALL)
NAME = re.compile(r"(?<!\w)[A-Za-z_]\w*")
QUANTITIES = (
    "params", "trainable", "non_trainable", "active_params", "macs", "active_macs", "weights", "peak_activation",
)  # fmt: skip
OF_MODEL = ("active_params", "active_macs", "peak_activation")
"""What is expected of a model, and not of a layer."""
OF_LAYER = tuple(name for name in QUANTITIES if name not in OF_MODEL)
COMPARISONS = {"==": eq, "<=": le, ">=": ge, "<": lt, ">": gt}
_FRIENDS = {
    "flops": "macs", "mult_adds": "macs", "memory": "peak_activation", "peak_memory": "peak_activation",
    "activations": "peak_activation", "shape": "output", "output_shape": "output", "size": "weights",
    "bytes": "weights", "count": "params", "total": "params", "weight_bytes": "weights",
}  # fmt: skip
"""The names of quantities in other tools."""
_MOST_COMPARISONS = 10_000
"""Names that are compared with those of expectations without a layer, to find what was meant: half a second."""
_MOST_HELPED = 100
"""Findings of shapes for which the layer to change is looked for: nobody reads more."""
_BYTES = ("weights", "peak_activation")


def check_expectations(report: Report) -> list[Diagnostic]:
    """A finding for each expectation that is not met, that names nothing, or that cannot be read."""
    node = report.spec.expect
    if node is None or report.walk is None:
        return []
    return Judge(report).judge(node)


class Judge(Values):
    """Compares one report with its spec's `expect`."""

    def __init__(self, report: Report) -> None:
        walk = report.walk
        super().__init__(report.spec, walk.graph.scope if walk else {}, [])
        self.report = report
        self.changed = self.is_set_otherwise()
        self.skipped = 0
        self.comparisons = 0

    def is_set_otherwise(self) -> list[str]:
        """The arguments that were set to another value than their default."""
        names = []
        for name, node in self.spec.args.items():
            try:
                default = self.scope.get(name) if is_required(node) else self.evaluate(node)
            except Fault:
                continue
            if self.scope.get(name) != default:
                names.append(name)
        return names

    def is_skipped(self, node: Node) -> bool:
        """Whether an expectation is of the default arguments alone, and another value was set; such are counted."""
        skipped = bool(self.changed) and not _reads(node, self.spec.args)
        self.skipped += skipped
        return skipped

    def note_skipped(self, node: Node) -> None:
        if self.skipped:
            names = " and ".join(f"`{name}`" for name in self.changed)
            values = "is set to another value" if len(self.changed) == 1 else "are set to others"
            expectations = "1 expectation is" if self.skipped == 1 else f"{self.skipped} expectations are"
            verb = "is" if self.skipped == 1 else "are"
            message = f"{expectations} of the default arguments and {verb} not compared: {names} {values}"
            help = f"write them in terms of the arguments, such as `${self.changed[0]}`, to have them compared always"
            self.findings.diagnostics.append(note("SC510", message, self.document.span(node), help=help))

    def judge(self, node: Node) -> list[Diagnostic]:
        """Every expectation of the model, then of its layers."""
        if not isinstance(node, MappingNode):
            written = resolve(node) if isinstance(node, ScalarNode) else None
            help: str | Fix | None = None
            if isinstance(written, int):
                help = write(self.document, node, f"{{params: {written}}}", "write `expect: {}`")
            self.findings.error("SC108", "`expect` is a mapping: `{params: 146, output: [5, 1]}`", node, help=help)
            return self.findings.diagnostics
        known = (*QUANTITIES, "output", "outputs", "layers")
        for event in node.keys:
            key, value = str(event.value), node.fields[str(event.value)]
            if key in known[:-1] and not self.report.ok:
                continue  # a layer that failed is missing in every total
            if key in QUANTITIES:
                self.compare_quantity(key, read_of_model(self.report, key), value, "")
            elif key in ("output", "outputs"):
                self.compare_outputs({name: tensor.shape for name, tensor in self.report.outputs.items()}, value, "")
            elif key == "layers":
                self.compare_layers(value)
            else:
                guess = did_you_mean(key, known, _FRIENDS)
                keys = f"the keys are {', '.join(known)}"
                help = suggest(self.document, event, guess, known) if guess else keys
                self.findings.error("SC109", f"`expect` has no key `{shorten(key)}`", event, help=help)
        self.note_skipped(node)
        return self.findings.diagnostics

    def compare_layers(self, node: Node) -> None:
        """Expectations by path: `encoder/lstm`."""
        if not isinstance(node, MappingNode):
            self.findings.error("SC108", "`expect.layers` is a mapping from layer names", node)
            return
        for event in node.keys:
            path, wanted = str(event.value), node.fields[str(event.value)]
            row = self.report.find_row(path)
            if row is None and self.changed and isinstance(wanted, MappingNode):
                self.skipped += len(wanted.fields)  # a value may do away with layers
            elif row is None:
                if self.report.ok:
                    rows = [row.name for row in self.report.rows]
                    self.comparisons += len(rows)
                    guess = did_you_mean(path, rows) if self.comparisons <= _MOST_COMPARISONS else None
                    names = f"the layers are {', '.join(rows[:12])}"
                    help = suggest(self.document, event, guess, rows) if guess else names
                    message = f"there is no layer `{shorten(path)}` to expect anything of"
                    self.findings.error("SC504", message, event, help=help)
            elif not isinstance(wanted, MappingNode):
                written = resolve(wanted) if isinstance(wanted, ScalarNode) else None
                key = "params" if isinstance(written, int) else "output"
                from shapecalc.document.flow import write_flow

                words = f"write `{shorten(path)}: {{}}`"
                text = f"{{{key}: {'...' if written is None else write_flow(written)}}}"
                help = write(self.document, wanted, text, words)
                help = help._replace(edits=()) if written is None else help
                self.findings.error("SC108", f"what is expected of `{shorten(path)}` is a mapping", wanted, help=help)
            else:
                self.compare_layer(row, wanted, path)

    def compare_layer(self, row: Row, wanted: MappingNode, path: str) -> None:
        known = (*OF_LAYER, "output", "outputs")
        for event in wanted.keys:
            key, value = str(event.value), wanted.fields[str(event.value)]
            if key in ("output", "outputs"):
                self.compare_outputs({name: tensor.shape for name, tensor in row.outputs.items()}, value, path)
            elif key in known:
                self.compare_quantity(key, read_of_row(row, key), value, path)
            else:
                guess = did_you_mean(key, known, _FRIENDS)
                keys = f"the keys are {', '.join(known)}"
                help = suggest(self.document, event, guess, known) if guess else keys
                self.findings.error(
                    "SC109", f"the expectation of a layer has no key `{shorten(key)}`", event, help=help
                )

    def compare_quantity(self, key: str, actual: Size | None, node: Node, subject: str) -> None:
        """A count or a number of bytes: exact, or a bound."""
        wanted = None if self.is_skipped(node) else self.read(node)
        if wanted is None or wanted is UNREAD:
            return
        try:
            operator, limit = parse_bound(wanted)
        except ValueError:
            self.compare_formula(key, actual, wanted, node, subject)
            return
        self.compare(key, actual, operator, limit, wanted, node, subject)

    def compare_formula(self, key: str, actual: Size | None, wanted: object, node: Node, subject: str) -> None:
        """A count as a formula in the model's symbols."""
        try:
            size = self.bind_size(read_size(wanted))
        except ValueError:
            size = unknown()
        if is_unknown(size) or (isinstance(size, int) and size < 0) or isinstance(actual, int) > isinstance(size, int):
            help = 'write a whole number, or a bound as text: "<= 5M", "<= 20 MiB"'
            self.findings.error(
                "SC204", f"`{key}` expects a number or a bound, got {as_yaml(wanted)}", node, subject=subject, help=help
            )
        elif size != actual:
            message = f"expected {key} {size}, got {actual if actual is not None else 'unknown'}"
            self.findings.error("SC501", message, node, subject=subject, help=self.write_help(subject))

    def bind_size(self, size: Size) -> Size:
        """A formula with the sizes put in that `--set` gives a value."""
        known = {name: self.scope[name] for name in symbols(size) if isinstance(self.scope.get(name), int)}
        return bind(size, known) if known else size

    def write_help(self, subject: str) -> str:
        """The help to ask for the derivation of a number that is not as expected."""
        command = f"shapecalc explain {self.document.file} {subject}".rstrip()
        return f"`{command}` shows where it comes from"

    def compare(
        self, key: str, actual: Size | None, operator: str, limit: int | Fraction, wanted: Any, node: Node, subject: str
    ) -> None:
        if not isinstance(actual, int):
            got = "unknown" if actual is None else str(actual)
            help = "bind its symbols with `--set`, or expect the formula as text"
            self.findings.error(
                "SC501", f"expected {key} {wanted}, got {got}, which is not a number", node, subject=subject, help=help
            )
            return
        met = COMPARISONS[operator](actual, limit)
        if not met:
            unit = " bytes" if key in _BYTES else ""
            limited = f"{wanted:,}" if isinstance(wanted, int) else str(wanted)
            more = f" ({actual - int(limit):+,})" if operator == "==" else ""
            message = f"expected {key} {limited}, got {actual:,}{unit}{more}"
            self.findings.error("SC501", message, node, subject=subject, help=self.write_help(subject))

    def compare_outputs(self, actual: dict[str, Shape], node: Node, subject: str) -> None:
        """One shape, a list of shapes, or shapes by name."""
        if isinstance(node, MappingNode):
            for event in node.keys:
                name = str(event.value)
                if name in actual:
                    self.compare_shape(actual[name], node.fields[name], subject, f"output `{name}`")
                else:
                    guess = did_you_mean(name, actual)
                    names = f"the outputs are {', '.join(actual)}"
                    help = suggest(self.document, event, guess, actual) if guess else names
                    self.findings.error(
                        "SC504", f"there is no output `{shorten(name)}`", event, subject=subject, help=help
                    )
        elif isinstance(node, SequenceNode) and node.items and isinstance(node.items[0], SequenceNode):
            if len(node.items) != len(actual) and not self.changed:
                self.findings.error(
                    "SC501", f"expected {len(node.items)} outputs, got {len(actual)}", node, subject=subject
                )
            for shape_node, (name, shape) in zip(node.items, actual.items(), strict=False):
                self.compare_shape(shape, shape_node, subject, f"output `{name}`")
        elif actual:
            self.compare_shape(next(iter(actual.values())), node, subject, "output")

    def compare_shape(self, actual: Shape, node: Node, subject: str, output: str) -> None:
        """A shape as it is printed, its batch axis left out of a list and first in a text in brackets."""
        if self.is_skipped(node):
            return
        value = self.read(node)
        if value is UNREAD:
            return
        try:
            wanted = Shape(map(self.bind_size, _read_shape(value, actual)))
        except ValueError as error:
            alone = re.fullmatch(r"[1-9]\d*", str(value))
            way_out = write(self.document, node, f"[{value}]")
            if not alone:
                text = f"[{', '.join('null' if is_unknown(size) else str(size) for size in actual[1:])}]"
                way_out = write(self.document, node, text, "write it as `{}`, or as the table prints it", safe=False)
            self.findings.error("SC204", str(error), node, subject=subject, help=way_out)
            return
        met = len(wanted) == len(actual) and all(map(is_size, wanted, actual))
        if not met:
            bare = isinstance(value, str) and list(wanted) == list(actual[1:])
            help: str | Fix | None = None
            if bare:
                help = write(self.document, node, str(actual), "in parentheses the batch stands first: write `{}`")
            elif isinstance(value, list) and value[:1] == [None] and list(wanted)[2:] == list(actual[1:]):
                text = f"[{', '.join(map(str, actual[1:]))}]"
                help = write(self.document, node, text, "in brackets the batch is left out: write `{}`")
            help = help or self.find_help(wanted, actual, subject, output)
            self.findings.error("SC501", f"expected {output} {wanted}, got {actual}", node, subject=subject, help=help)

    def find_help(self, wanted: Shape, actual: Shape, subject: str, output: str) -> str | Fix | None:
        """The layer that gave an output its axes, and what to change there."""
        from shapecalc.inference.axes import find_shape_help

        walked = self.report.walk
        row = self.report.find_row(subject) if subject else None
        if len(self.findings.diagnostics) >= _MOST_HELPED:
            return None
        if walked is None or (subject and row is None):
            return None
        if row is not None:
            return find_shape_help(row.walk, row.node, wanted, actual)
        outputs = walked.graph.outputs
        name = output.partition("`")[2].rstrip("`") or next(iter(outputs))
        return (
            find_shape_help(walked, walked.graph.nodes[outputs[name].node], wanted, actual) if name in outputs else None
        )


def parse_bound(wanted: object) -> tuple[str, int | Fraction]:
    """The comparison and the amount of `554`, `"<= 5M"` or `"554"`. Raises ValueError."""
    if isinstance(wanted, int) and not isinstance(wanted, bool):
        return "==", wanted
    sign, amount = _BOUND.findall(wanted if isinstance(wanted, str) else "")[0]
    return "==" if sign in ("", "=") else sign, parse_amount(amount)


def _reads(node: Node, arguments: Iterable[str]) -> bool:
    """Whether an expectation depends on arguments: by `$name`, or by a name in a formula."""
    if isinstance(node, (MappingNode, SequenceNode)):
        inner = node.fields.values() if isinstance(node, MappingNode) else node.items
        return any(_reads(item, arguments) for item in inner)
    text = resolve(node)
    return isinstance(text, str) and ("$" in text or not set(NAME.findall(text)).isdisjoint(arguments))


def _read_shape(value: object, actual: Shape) -> Shape:
    """The shape that is wanted; a list takes its batch axis from the actual one. Raises ValueError."""
    if isinstance(value, str):
        return parse_shape(value)
    if isinstance(value, list):
        return Shape((*(actual[:1] or (unknown(),)), *map(read_size, value)))
    raise ValueError(f"a shape is a list of sizes, got {as_yaml(value)}")


def read_size(value: object) -> Size:
    """A size of a list: a number, a formula, or null for one that is not known. Raises ValueError."""
    if value is None:
        return unknown()
    if isinstance(value, str):
        return parse_size(value)
    if isinstance(value, Dim) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ValueError(f"a size is a whole number, a formula or null, got {as_yaml(value)}")


def is_size(wanted: Size, actual: Size) -> bool:
    """Whether a size is the wanted one: equal, or printed alike, as all unknown ones are."""
    return wanted == actual or str(Shape((wanted,))) == str(Shape((actual,)))


def read_of_model(report: Report, key: str) -> Size | None:
    if key == "peak_activation":
        return find_peak_activation(report.walk) if report.walk else None
    if key == "weights":
        return report.weights_bytes
    quantity: Size = getattr(report, key)
    return quantity


def read_of_row(row: Row, key: str) -> Size:
    if key == "weights":
        return add_up(weight.bytes for _, weight in row.weights)
    if key == "non_trainable":
        return row.params - row.trainable
    quantity: Size = getattr(row, key)
    return quantity
