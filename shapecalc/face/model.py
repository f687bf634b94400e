"""A model read from Python: its numbers, its layers, and every question that the commands answer."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from shapecalc.analysis.report import Report, Row, find_row
from shapecalc.diagnostics import Diagnostic, Fault, did_you_mean
from shapecalc.dims import Shape, Size, symbol, unknowns
from shapecalc.face.errors import ModelError
from shapecalc.face.formula import Formula, as_axis, as_number
from shapecalc.face.reading import Reading
from shapecalc.face.settings import make_settings

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from shapecalc.analysis.diffs.models import Diff
    from shapecalc.analysis.explain import Explanation

_LISTED = 12
"""Most names that a message lists."""

Axes = tuple["int | str | None", ...]

QUANTITIES = (
    "params",
    "trainable",
    "non_trainable",
    "active_params",
    "macs",
    "active_macs",
    "weights_bytes",
    "peak_activation",
    "activations",
    "memory",
)
"""What `Model.formula` takes."""


def load(
    source: str | os.PathLike[str], /, *, batch: int | None = None, dtype: str | None = None, exact: bool = False,
    **sizes: Any,
) -> Model:  # fmt: skip
    """The model in a file of any notation that the commands read, of a published name, or in a text.

    A text is that of a spec, or a model as JSON. It is told from a path by its lines, more than one, or by its first
    brace. `batch` fixes the batch size, `dtype` that of the layers, `sizes` set arguments and declared sizes as `--set`
    does; `"?"` makes a symbol of one. The nodes of an ONNX file are read as the layers that they make, unless `exact`.
    Raises ModelError with all that is wrong.
    """
    text = os.fspath(source) if isinstance(source, str | os.PathLike) else None
    if not isinstance(text, str):
        raise TypeError(f"load takes a path, or the text of a model, not what is of the type {type(source).__name__}")
    reading = Reading(make_settings(sizes, batch, dtype), wants_exact=exact)
    try:
        report = reading.read_text(text) if _is_text(text) else reading.read(text)
    except Fault as fault:
        raise ModelError([*reading.diagnostics, *fault.diagnostics], reading.lines) from None
    if not report.ok:
        raise ModelError(reading.diagnostics, reading.lines)
    return Model(report, reading)


def _is_text(source: str) -> bool:
    """Whether it is the text of a model, not where one is."""
    return "\n" in source or "\r" in source or source.lstrip().startswith("{")


class Model:
    """A model without errors: what `load` gives. Numbers are ints, or formulas where sizes are symbols.

    As text it is the table of `shapecalc summary`; notebooks show it as a table.
    """

    def __init__(self, report: Report, reading: Reading) -> None:
        self._report = report
        self._reading = reading

    @property
    def name(self) -> str:
        return self._report.name

    @property
    def params(self) -> int | Formula:
        """Parameters of all weights, shared ones once."""
        return as_number(self._report.params)

    @property
    def trainable(self) -> int | Formula:
        """Parameters that training changes."""
        return as_number(self._report.trainable)

    @property
    def non_trainable(self) -> int | Formula:
        """Parameters that training does not change."""
        return as_number(self._report.non_trainable)

    @property
    def active_params(self) -> int | Formula:
        """Parameters that one token needs: all, where no block says that a router chooses a part."""
        return as_number(self._report.active_params)

    @property
    def macs(self) -> int | Formula:
        """Multiply-accumulates of matrix products and convolutions, of one sample."""
        return as_number(self._report.macs)

    @property
    def active_macs(self) -> int | Formula:
        """Multiply-accumulates with the active parameters alone, of one sample."""
        return as_number(self._report.active_macs)

    @property
    def inputs(self) -> dict[str, Axes]:
        """The shapes of the inputs by name, the batch axis first."""
        return {name: _list_axes(tensor.shape) for name, tensor in self._report.inputs.items()}

    @property
    def outputs(self) -> dict[str, Axes]:
        """The shapes of what leaves the model, by name."""
        return {name: _list_axes(tensor.shape) for name, tensor in self._report.outputs.items()}

    @property
    def output_shape(self) -> Axes:
        """The shape of the first output."""
        return next(iter(self.outputs.values()))

    @cached_property
    def layers(self) -> Layers:
        """The layers by name, those within blocks by path: `model.layers["encoder/lstm"]`."""
        return Layers(self._report.rows)

    def explain(self, layer: str | None = None) -> Text:
        """How the numbers of a layer, or of every layer, follow from its sizes. Raises KeyError for an unknown one."""
        if layer is None:
            return Text.joined([each.explain() for each in self.layers.values()])
        return self.layers[layer].explain()

    def check(self) -> list[Diagnostic]:
        """All that can be said against it: expectations not met, warnings, assumptions; nothing is an empty list."""
        from shapecalc.analysis.findings import list_more_findings

        return [*self._reading.diagnostics, *list_more_findings(self._report)]

    def require(self) -> Model:
        """The model itself. Raises ModelError with the errors of `check`: expectations that are not met."""
        errors = [finding for finding in self.check() if finding.severity == "error"]
        if errors:
            raise ModelError(errors, self._reading.lines)
        return self

    def run(
        self,
        inputs: ArrayLike | Mapping[str, ArrayLike] | None = None,
        *,
        weights: str | os.PathLike[str] | Mapping[str, ArrayLike] | None = None,
        seed: int = 0,
    ) -> dict[str, NDArray[Any]]:
        """The outputs of a forward pass in NumPy, by name.

        `inputs` is an array, one for each input by name, or nothing for random ones. `weights` is a file, arrays by
        path, or nothing: those of the model's own file, else Keras's initializers from `seed`. Raises ModelError.
        """
        from shapecalc.face.running import run

        try:
            return run(self._reading, self._report, inputs, weights, seed)
        except Fault as fault:
            raise ModelError(fault.diagnostics, self._reading.lines) from None

    def diff(self, other: Model) -> Comparison:
        """What changed from this model to another."""
        if not isinstance(other, Model):
            raise TypeError(
                f"a model is compared with another one, not with what is of the type {type(other).__name__}"
            )
        from shapecalc.analysis.diffs.models import compare_models

        return Comparison(compare_models(self._report, other._report))

    def formula(self, quantity: str, layer: str | None = None, *, training: str | None = None) -> Formula:
        """A quantity as a formula in the sizes of the model: `model.formula("params")(T=128)`.

        One of `QUANTITIES`; of a layer `params`, `trainable`, `non_trainable` or `macs`. Bytes of activations and
        memory depend on `batch` where the batch size is unknown; `memory` is that of inference, or of `training` with
        an optimizer. Raises KeyError for another quantity.
        """
        if layer is not None:
            return self.layers[layer].formula(quantity)
        from shapecalc.training.optimizers import OPTIMIZERS

        if training is not None and training not in OPTIMIZERS:
            raise KeyError(f"there is no optimizer {training!r}; {_guess(training, tuple(OPTIMIZERS))}")
        if quantity not in QUANTITIES:
            raise KeyError(f"there is no quantity {quantity!r}; {_guess(quantity, QUANTITIES)}")
        from shapecalc.analysis.measured import find_quantity
        from shapecalc.training.peak import Training

        first = next(iter(self._report.inputs.values()), None)
        is_open = first is not None and len(first.shape) > 0 and bool(unknowns(first.shape[0]))
        batch: Size = symbol("batch") if is_open else 1
        plan = None if training is None else Training(training)
        if quantity == "non_trainable":
            return Formula((self._report.non_trainable,))
        return Formula(find_quantity(self._report, quantity, batch, plan))

    def table(self) -> str:
        """The table of `shapecalc summary`."""
        from shapecalc.render.table import Terminal, summary_table

        return summary_table(self._report, None, Terminal(ascii=False))

    def __str__(self) -> str:
        return self.table()

    def __repr__(self) -> str:
        from shapecalc.render.columns import concise_line

        return f"<Model {concise_line(self._report).strip()}>"

    def _repr_html_(self) -> str:
        from shapecalc.render.html import summary_html

        return summary_html(self._report)


class Layers(Mapping[str, "Layer"]):
    """The layers of a model by name, in order; a path such as `encoder/lstm` goes into blocks."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = {row.name: row for row in rows if row.node.entry is not None}

    def __getitem__(self, path: str) -> Layer:
        row = self._rows.get(path)
        if row is None and isinstance(path, str):
            row = find_row(list(self._rows.values()), path)
        if row is None:
            raise KeyError(f"there is no layer {path!r}; {_guess(path, tuple(self._rows))}")
        return Layer(row)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return f"<Layers {_list_names(tuple(self._rows))}>"


class Layer:
    """One layer of a model with its numbers."""

    def __init__(self, row: Row) -> None:
        self._row = row

    @property
    def name(self) -> str:
        return self._row.name

    @property
    def type(self) -> str:
        """What a spec calls its type: `LSTM`."""
        return self._row.type

    @property
    def output_shape(self) -> Axes:
        """The shape of the first output, the batch axis first; None is an unknown size, a text a formula."""
        return self.output_shapes[0]

    @property
    def output_shapes(self) -> tuple[Axes, ...]:
        """The shapes of all outputs."""
        return tuple(_list_axes(shape) for shape in self._row.shapes)

    @property
    def params(self) -> int | Formula:
        """Parameters of its weights; none where they are another layer's."""
        return as_number(self._row.params)

    @property
    def trainable(self) -> int | Formula:
        return as_number(self._row.trainable)

    @property
    def macs(self) -> int | Formula:
        return as_number(self._row.macs)

    @property
    def weights(self) -> dict[str, Axes]:
        """The shapes of its weights by path, in Keras's order."""
        return {path: _list_axes(Shape(weight.shape)) for path, weight in self._row.weights}

    @property
    def layers(self) -> Layers:
        """The layers within a block, within the block that a wrapper holds, or those that a wrapper applies."""
        return Layers(self._row.parts)

    def explain(self) -> Text:
        """How its numbers follow from its sizes."""
        from shapecalc.analysis.explain import explain_row

        return Text.of_explanation(explain_row(self._row))

    def formula(self, quantity: str) -> Formula:
        """`params`, `trainable`, `non_trainable` or `macs` as a formula. Raises KeyError for another quantity."""
        counts = {
            "params": self._row.params,
            "trainable": self._row.trainable,
            "non_trainable": self._row.params - self._row.trainable,
            "macs": self._row.macs,
        }
        if quantity not in counts:
            raise KeyError(f"there is no quantity {quantity!r}; {_guess(quantity, tuple(counts))}")
        return Formula((counts[quantity],))

    def __eq__(self, other: object) -> bool:
        """Whether both are one layer of one model."""
        if not isinstance(other, Layer):
            return NotImplemented
        mine, others = self._row, other._row
        return mine.node is others.node and mine.inferred is others.inferred and mine.path == others.path

    def __hash__(self) -> int:
        return hash((self._row.path, self._row.name))

    def __repr__(self) -> str:
        return f"<Layer {self.name} ({self.type}) {self.output_shape}, {self.params} params>"


class Text(str):
    """A text that notebooks show as Markdown."""

    markdown: str

    @classmethod
    def of_explanation(cls, explanation: Explanation) -> Text:
        """The derivation of a layer."""
        from shapecalc.render.explain import markdown, text

        made = cls(text(explanation))
        made.markdown = markdown(explanation)
        return made

    @classmethod
    def joined(cls, texts: list[Text]) -> Text:
        """Several texts with an empty line between."""
        made = cls("\n".join(texts))
        made.markdown = "\n".join(text.markdown for text in texts)
        return made

    def _repr_markdown_(self) -> str:
        return self.markdown


class Comparison:
    """What changed from one model to another: as text the table of `shapecalc diff`, in notebooks Markdown."""

    def __init__(self, diff: Diff) -> None:
        self._diff = diff

    @property
    def differs(self) -> bool:
        """Whether any layer, count or output changed."""
        return self._diff.differs

    @property
    def totals(self) -> dict[str, tuple[int | Formula | None, int | Formula | None]]:
        """Each total before and after: `{"params": (146, 486), ...}`."""
        return {
            total.quantity: tuple(None if size is None else as_number(size) for size in (total.old, total.new))  # type: ignore[misc]
            for total in self._diff.totals
        }

    @property
    def changed(self) -> list[str]:
        """The paths of the layers that were added, removed or changed."""
        rows = [change.row for change in self._diff.changes if change.kind != "equal"]
        return [f"{row.path}{row.name}" for row in rows]

    def __str__(self) -> str:
        from shapecalc.render.diffs.text import diff_text
        from shapecalc.render.table import Terminal

        return diff_text(self._diff, None, Terminal())

    def __repr__(self) -> str:
        return f"<Comparison {_list_names(tuple(self.changed)) if self.differs else 'without differences'}>"

    def _repr_markdown_(self) -> str:
        from shapecalc.render.diffs.markdown import diff_markdown

        return diff_markdown(self._diff)


def _list_axes(shape: Shape) -> Axes:
    return tuple(as_axis(size) for size in shape)


def _guess(name: object, known: tuple[str, ...]) -> str:
    guess = did_you_mean(name, known) if isinstance(name, str) else None
    return f"did you mean {guess!r}?" if guess else f"there are {_list_names(known)}"


def _list_names(names: tuple[str, ...]) -> str:
    """The first names, and how many there are besides."""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return (", ".join(names[:_LISTED]) + more) or "none"
