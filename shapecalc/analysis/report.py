"""`Report` and `Row`: all that a renderer may show of an analysed model."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from shapecalc.diagnostics import Diagnostic, Span
from shapecalc.dims import Shape, Size, add_up
from shapecalc.dims.division import exact_quotient
from shapecalc.inference.active import Active, count_active, take_part
from shapecalc.inference.parts import walk_parts
from shapecalc.inference.walk import Walk, walk_within
from shapecalc.layers.values import Inferred, Tensor, Weight
from shapecalc.model.context import Context
from shapecalc.model.feeds import flatten
from shapecalc.model.graph import GraphNode
from shapecalc.model.references import Reference

if TYPE_CHECKING:
    from shapecalc.model.spec import ModelSpec


class Row:
    """One node as a report shows it. Sums are over its own layer and those within.

    `walk` is that of the graph it stands in, `root` that of the whole model; `calls` is how often a wrapper calls it.
    """

    __slots__ = ("calls", "inferred", "node", "path", "root", "walk")

    def __init__(
        self,
        walk: Walk,
        node: GraphNode,
        inferred: Inferred,
        path: str = "",
        root: Walk | None = None,
        calls: Size = 1,
    ) -> None:
        self.walk = walk
        self.root = root or walk
        self.node = node
        self.inferred = inferred
        self.path = path
        self.calls = calls

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def type(self) -> str:
        return self.node.layer.type_name if self.node.layer is not None else ""

    @property
    def span(self) -> Span:
        """The span of its entry, or of the input that it is."""
        entry = self.node.entry
        if entry is not None:
            return self.walk.graph.document.span(entry.key)
        graph = self.walk.graph
        return graph.document.span(graph.spec.inputs.get(self.node.name) or graph.spec.node)

    @property
    def line(self) -> int | None:
        """The line of its entry, or of the input it is; None in a file that is no text to read."""
        return self.span.line or None

    @property
    def file(self) -> str:
        return self.walk.graph.document.file

    @property
    def reused(self) -> bool:
        """Whether its weights are another node's."""
        return self.node.weights_of != self.node.name

    @property
    def inputs(self) -> list[str]:
        """What it is fed, as references; nothing for a source."""
        if self.node.layer is not None and self.node.layer.is_source:
            return []
        nodes, references = self.walk.graph.nodes, flatten(self.node.feed, Reference)
        return [nodes[ref.node].name + (f".{ref.port}" if ref.port else "") for ref in references]

    @property
    def shapes(self) -> list[Shape]:
        """The shapes of all outputs, the first one first."""
        return [tensor.shape for tensor in self.inferred.outputs.values()]

    @property
    def outputs(self) -> dict[str, Tensor]:
        return dict(self.inferred.outputs)

    @property
    def params(self) -> Size:
        """Parameters its weights hold; none where they are another node's."""
        return 0 if self.reused else self.inferred.params

    @property
    def trainable(self) -> Size:
        return 0 if self.reused else self.inferred.trainable_params

    @property
    def macs(self) -> Size:
        """Multiply-accumulates of one sample; of an operator of ONNX of the whole call, where no batch divides it."""
        total, layer = self.inferred.total_macs, self.node.layer
        if self.calls != 1:
            total *= self.calls
        if layer is None or not layer.counts_call:
            return total
        quotient = exact_quotient(total, self.walk.samples)
        return total if quotient is None else quotient

    @property
    def weights(self) -> list[tuple[str, Weight]]:
        """Its weights by their path below it, in Keras's order."""
        return [] if self.reused else list(self.inferred.all_weights())

    @property
    def rows(self) -> list[Row]:
        """The rows of a block, or of the block a wrapper holds."""
        within = walk_within(self.inferred)
        return [] if within is None else list_rows(within[1], f"{self.path}{self.name}/{within[0]}", self.root)

    @property
    def parts(self) -> list[Row]:
        """The rows of a block as `rows`, or else of the layers that a wrapper applies, with the MACs of all calls."""
        rows = self.rows
        held = None if rows else walk_parts(self.walk, self.node, self.inferred)
        if held is None:
            return rows
        walk, parts = held
        nodes = walk.graph.nodes[len(walk.graph.inputs) :]
        prefix = f"{self.path}{self.name}/"
        return [
            Row(walk, node, part.inferred, prefix, self.root, self.calls * part.calls)
            for node, part in zip(nodes, parts, strict=True)
        ]


def list_rows(walked: Walk, prefix: str = "", root: Walk | None = None) -> list[Row]:
    """A row for each node that could be inferred."""
    pairs = zip(walked.graph.nodes, walked.results, strict=False)
    return [Row(walked, node, inferred, prefix, root) for node, inferred in pairs if inferred is not None]


def find_row(rows: list[Row], path: str) -> Row | None:
    """The row at a path such as `encoder/lstm`; a repeated entry's rounds have a `/` in their own names.

    The name of the entry alone stands for its first round.
    """
    return _find_row({row.name: row for row in rows}, path)


def _find_row(rows: dict[str, Row], path: str) -> Row | None:
    if path in rows:
        return rows[path]
    if f"{path}/0" in rows:
        return rows[f"{path}/0"]
    for slash in (position for position, sign in enumerate(path) if sign == "/"):
        row = rows.get(path[:slash]) or rows.get(f"{path[:slash]}/0")
        inner = find_row(row.parts, path[slash + 1 :]) if row is not None else None
        if inner is not None:
            return inner
    return None


class Report:
    """An analysed model. `walk` is None where there was nothing to walk; `diagnostics` say what is wrong."""

    def __init__(
        self,
        spec: ModelSpec,
        walked: Walk | None,
        diagnostics: list[Diagnostic],
        context: Context,
        dtype: str = "float32",
    ) -> None:
        self.spec = spec
        self.name = spec.name
        self.file = spec.document.file
        self.walk = walked
        self.context = context
        self.dtype = dtype
        self.diagnostics = diagnostics

    @cached_property
    def rows(self) -> list[Row]:
        """A row for each node that could be inferred: a check asks for none."""
        return list_rows(self.walk) if self.walk is not None else []

    @cached_property
    def rows_by_name(self) -> dict[str, Row]:
        return {row.name: row for row in self.rows}

    def find_row(self, path: str) -> Row | None:
        """The row at a path; many can be asked for."""
        return _find_row(self.rows_by_name, path)

    @property
    def ok(self) -> bool:
        """Whether there is no error, so that the numbers are right."""
        return not any(finding.severity == "error" for finding in self.diagnostics)

    @property
    def is_chain(self) -> bool:
        return self.walk is not None and self.walk.graph.is_chain()

    @property
    def inputs(self) -> dict[str, Tensor]:
        graph = self.walk.graph if self.walk else None
        return {node.name: tensor for node, tensor in zip(graph.nodes, graph.inputs, strict=False)} if graph else {}

    @property
    def outputs(self) -> dict[str, Tensor]:
        return self.walk.outputs() if self.walk else {}

    @property
    def is_concrete(self) -> bool:
        """Whether every size but the batch's is a number."""
        return all(isinstance(size, int) for tensor in self.inputs.values() for size in tensor.shape[1:])

    @property
    def params(self) -> Size:
        """Parameters of all weights, shared ones once."""
        return add_up(row.params for row in self.rows)

    @property
    def trainable(self) -> Size:
        return add_up(row.trainable for row in self.rows)

    @property
    def non_trainable(self) -> Size:
        return self.params - self.trainable

    @property
    def used_params(self) -> Size:
        """As `params`, shared weights counted each time they are used."""
        return add_up(count_used_weights(row.inferred)[0] for row in self.rows)

    @cached_property
    def active(self) -> Active:
        """What one token needs of the model; all of it, where no block says that it is only in part active."""
        if not self.context.is_partly_active:
            return Active(self.params, self.weights_bytes, self.macs)
        known: dict[int, Active] = {}
        counted = [(row, count_active(row.inferred, known)) for row in self.rows]
        part = 1 if self.walk is None else self.walk.graph.active
        held = [active for row, active in counted if not row.reused]
        return Active(
            take_part(add_up(active.params for active in held), part),
            take_part(add_up(active.bytes for active in held), part),
            take_part(add_up(active.macs for _, active in counted), part),
        )

    @property
    def active_params(self) -> Size:
        return self.active.params

    @property
    def active_macs(self) -> Size:
        return self.active.macs

    @property
    def macs(self) -> Size:
        """Multiply-accumulates of one sample, a shared layer counted each time it is called."""
        return add_up(row.macs for row in self.rows)

    @property
    def counts_call(self) -> bool:
        """Whether MACs are those of the whole call: the model has operators of ONNX, and no batch divides them."""
        return (
            self.walk is not None
            and self.walk.samples == 1
            and any(node.layer is not None and node.layer.counts_call for node in self.walk.graph.nodes)
        )

    @property
    def weights_bytes(self) -> Size:
        return add_up(weight.bytes for row in self.rows for _, weight in row.weights)


def count_used_weights(inferred: Inferred) -> tuple[Size, Size]:
    """Parameters and bytes of a call and of all calls within, those of other layers' weights too."""
    params: Size = 0
    size: Size = 0
    for weight in inferred.weights:
        params += weight.params
        size += weight.bytes
    for part in inferred.inner:
        inner = count_used_weights(part.inferred)
        params += inner[0]
        size += inner[1]
    return params, size
