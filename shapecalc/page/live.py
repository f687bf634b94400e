"""Sizes that the page can change: a model analysed with a symbol for each, so that every number is a formula in them.

A size argument of a layer that is written as a number, in the model or in a block, becomes an argument of the model of
its own; so does an axis of an input. What makes the model depend on a number, such as a count of rounds, stays one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.binding import find_binding
from shapecalc.analysis.report import Report
from shapecalc.dims import Size, bind, symbol, symbols, unknowns
from shapecalc.document.nodes import MappingNode, Node, ScalarNode, SequenceNode, resolve
from shapecalc.inference.assumptions import list_relations
from shapecalc.layers.arguments.nested import LayerKind, LayersKind
from shapecalc.layers.arguments.numbers import SizeKind
from shapecalc.layers.catalogue import find
from shapecalc.layers.class_names import snake_case
from shapecalc.model.spec import ModelSpec

MOST = 64
"""Most sizes of one page; beyond it those written last stay numbers."""


USUAL = 16
"""What a declared size is at first, where nothing is assumed of it."""


class Control(NamedTuple):
    """A size that can be changed: the name of the symbol that stands for it, its value in the spec, its argument.

    `kind` is `batch`, `size` (declared in an input), `argument` (of the model), `input` (an axis) or `layer`.
    """

    name: str
    value: int
    kind: str
    argument: str = ""


class Live(NamedTuple):
    """A model whose sizes are symbols, and what they are."""

    report: Report
    controls: list[Control]


class _Candidate(NamedTuple):
    node: ScalarNode
    label: str
    value: int
    kind: str


def make_live(spec: ModelSpec, settings: Settings) -> Live:
    """The model with as many sizes as can be symbols. `spec` is changed: it must not be used elsewhere.

    The numbers of the model at the values of the controls are those of the spec.
    """
    base = analyse(spec, settings)
    controls = [*_list_open(base), *_list_arguments(spec, settings), *_take_out(spec)]
    fixed = {control.argument: control.value for control in controls if control.kind in ("input", "layer")}
    live: list[Control] = [control for control in controls if control.kind in ("batch", "size")]
    rest = [control for control in controls if control not in live][:MOST]
    report = _analyse(spec, settings, fixed, live) or base
    for chosen in _choose(rest):
        attempt = _analyse(spec, settings, fixed, [*live, *chosen])
        if attempt is not None and _is_same(attempt, base, [*live, *chosen]):
            report, live = attempt, [*live, *chosen]
            if len(chosen) == len(rest):
                break
    return Live(report, sorted(live, key=controls.index))


def _choose(rest: list[Control]) -> Iterator[list[Control]]:
    """What is tried: all at once, which mostly works, then each by itself."""
    if rest:
        yield rest
    if len(rest) > 1:
        yield from ([control] for control in rest)


def _analyse(spec: ModelSpec, settings: Settings, fixed: dict[str, int], live: list[Control]) -> Report | None:
    """The report with these sizes as symbols; None where it has errors."""
    values = {**fixed, **settings.values}
    values |= {control.argument: symbol(control.name) for control in live if control.argument}
    batch: Size | None = settings.batch
    if any(control.kind == "batch" for control in live):
        batch = symbol("batch")
    report = analyse(spec, Settings(values, batch, settings.dtype))
    return report if report.ok else None


def _is_same(report: Report, base: Report, live: list[Control]) -> bool:
    """Whether the formulas give the numbers of the spec at its own sizes, where all that they assume must hold."""
    values = {control.name: control.value for control in live}
    assumed = [relation for row in report.rows for relation in list_relations(row.inferred)]
    if any(relation.holds(values) is False for relation in assumed):
        return False
    pairs = [(report.params, base.params), (report.macs, base.macs)]
    pairs += [
        (size, number)
        for row, plain in zip(report.rows, base.rows, strict=False)
        for shape, wanted in zip(row.shapes, plain.shapes, strict=False)
        for size, number in zip(shape, wanted, strict=False)
    ]
    same_rows = [row.name for row in report.rows] == [row.name for row in base.rows]
    numbers = [(_bind(size, values), _bind(number, values)) for size, number in pairs]
    return same_rows and all(number is None or size == number for size, number in numbers)


def _bind(size: Size, values: dict[str, int]) -> Size | None:
    """A size at the values of the controls; None where it is unknown, as the batch is."""
    bound = bind(size, values)
    return None if unknowns(bound) else bound


def _list_open(base: Report) -> Iterator[Control]:
    """The batch where it is unknown, and the declared sizes: at values that every assumption admits."""
    first = next(iter(base.inputs.values()), None)
    if first is not None and len(first.shape) and unknowns(first.shape[0]):
        yield Control("batch", 1, "batch")
    names = sorted({name for tensor in base.inputs.values() for size in tensor.shape for name in symbols(size)})
    usual = dict.fromkeys(names, USUAL)
    assumed = [relation for row in base.rows for relation in list_relations(row.inferred)]
    fits = all(relation.holds(usual) is not False for relation in assumed)
    binding = usual if fits else find_binding(base) or usual
    for name in names:
        yield Control(name, binding.get(name, USUAL), "size")


def _list_arguments(spec: ModelSpec, settings: Settings) -> Iterator[Control]:
    """The model's arguments that are whole numbers."""
    for name, node in spec.args.items():
        value = settings.values.get(name, resolve(node) if isinstance(node, ScalarNode) else None)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            yield Control(name, value, "argument", name)


def _take_out(spec: ModelSpec) -> list[Control]:
    """Sizes that are written as numbers, each put into an argument of the model in its place."""
    controls: list[Control] = []
    taken: dict[str, int] = {}
    for number, candidate in enumerate(_list_candidates(spec)):
        argument = f"live_{number}"
        candidate.node.value, candidate.node.style = f"${argument}", None
        spec.args[argument] = ScalarNode(str(candidate.value), None, candidate.node.start_mark, candidate.node.end_mark)
        count = taken[candidate.label] = taken.get(candidate.label, 0) + 1
        name = candidate.label if count == 1 else f"{candidate.label} #{count}"
        controls.append(Control(name, candidate.value, candidate.kind, argument))
    if controls:
        spec.document.text += "\n# $"  # a text without the sign is not searched for expressions
    return controls


def _list_candidates(spec: ModelSpec) -> Iterator[_Candidate]:
    for name, node in spec.inputs.items():
        shape = node.fields.get("shape") if isinstance(node, MappingNode) else node
        for place, item in enumerate(shape.items if isinstance(shape, SequenceNode) else ()):
            yield from _read_candidate(item, f"{name}[{place}]", "input")
    yield from _list_layer_sizes(spec, "")
    for name, block in spec.blocks.items():
        if block is not None and block.document is spec.document:
            yield from _list_layer_sizes(block, f"{name}/")


def _list_layer_sizes(spec: ModelSpec, prefix: str) -> Iterator[_Candidate]:
    """The size arguments of the layers of a model or a block."""
    for entry in spec.entries:
        key = str(entry.key.value)
        args = entry.args
        name = args.fields.get("name") if isinstance(args, MappingNode) else None
        label = str(name.value) if isinstance(name, ScalarNode) else snake_case(key)
        yield from _list_sizes(key, args, prefix + label)


def _list_sizes(key: str, args: Node | None, label: str) -> Iterator[_Candidate]:
    """The size arguments of a layer, and of the layers within it."""
    layer_type = find(key)
    if layer_type is None or not isinstance(args, MappingNode):
        return
    for name, node in args.fields.items():
        argument = layer_type.args.get(name)
        if argument is None:
            continue
        if isinstance(argument.kind, SizeKind):
            yield from _read_candidate(node, f"{label}.{name}", "layer")
        elif isinstance(argument.kind, LayerKind | LayersKind):
            for held in node.items if isinstance(node, SequenceNode) else [node]:
                if isinstance(held, MappingNode) and (only := held.only()) is not None:
                    yield from _list_sizes(str(only[0].value), only[1], f"{label}.{snake_case(str(only[0].value))}")


def _read_candidate(node: Node, label: str, kind: str) -> Iterator[_Candidate]:
    """A scalar that is a whole number above 0."""
    if isinstance(node, ScalarNode):
        value = resolve(node)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            yield _Candidate(node, label, value, kind)
