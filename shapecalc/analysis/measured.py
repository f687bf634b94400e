"""A model reduced to the numbers that are compared, solved for and swept, and to what they take for granted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.costs import list_peak_activations, sum_activations
from shapecalc.analysis.memory import Memory
from shapecalc.analysis.report import Report
from shapecalc.diagnostics import Diagnostic, Fault, error
from shapecalc.dims import Relation, Size, unknowns, watch_assumptions
from shapecalc.inference.assumptions import list_relations
from shapecalc.model.load import STDIN, Library

if TYPE_CHECKING:
    from shapecalc.layers.opaque import HeldCode
    from shapecalc.model.spec import ModelSpec
    from shapecalc.training.peak import Training

QUANTITIES = ("params", "trainable", "macs", "weights_bytes", "peak_activation")
"""What is measured of a model: parameters, MACs of one sample, bytes of weights, bytes of activations alive at once."""

MORE_QUANTITIES = ("flops", "activations", "memory", "kv_cache", "active_params", "active_macs")
"""What may be measured besides: FLOPs of one sample, bytes of all activations, bytes in use at once, bytes a token of a
decoder's cache, parameters that one token needs, MACs with these alone.
"""


class Measured(NamedTuple):
    """The quantities of a model, each as formulas of which the greatest counts, and the assumptions they rest on."""

    quantities: dict[str, tuple[Size, ...]]
    assumes: tuple[Relation, ...]


class SpecFiles(NamedTuple):
    """A spec with the bytes of every file it is read from, so that another process can read it as well.

    `places` are given where the text was made of a file in another notation: what each line stands for in it, and
    `code` what that file holds that no text can say. The files of blocks stand in `folder`, if it is given.
    """

    file: str
    texts: dict[str, bytes]
    places: list[str] | None = None
    code: HeldCode | None = None
    folder: str | None = None

    def read_spec(self) -> ModelSpec:
        """The spec, read again. Raises Fault."""
        library = Library(self.text)
        if self.file == STDIN or self.places or self.folder is not None:
            return library.parse(self.texts[self.file], self.file, self.places, self.code, self.folder)
        return library.open(self.file)

    def text(self, path: str) -> bytes:
        """The bytes of a path. Raises Fault with SC601 where they were not to be had."""
        if path not in self.texts:
            raise Fault(error("SC601", f"cannot read {path}"))
        return self.texts[path]


def measure(
    spec: ModelSpec,
    values: Mapping[str, Any],
    batch: Size | None = None,
    wanted: Iterable[str] = QUANTITIES,
    training: Training | None = None,
    dtype: str | None = None,
) -> Measured:
    """The wanted quantities of a model with these values set; a value may be a symbol. Raises Fault with what is wrong.

    Besides `QUANTITIES` and `MORE_QUANTITIES`, `weights` (their bytes) may be wanted. With `training`,
    `memory` is what that takes.
    """
    report, loose = examine(spec, values, batch, dtype)
    if not report.ok:
        raise Fault(*list_errors(report))
    assumed = [relation for row in report.rows for relation in list_relations(row.inferred)]
    quantities = {name: find_quantity(report, name, 1 if batch is None else batch, training) for name in wanted}
    return Measured(quantities, tuple(dict.fromkeys([*loose, *assumed])))


def examine(
    spec: ModelSpec, values: Mapping[str, Any], batch: Size | None, dtype: str | None = None
) -> tuple[Report, tuple[Relation, ...]]:
    """The report on a model with these values set, and what expressions at its top assume, which no layer owns."""
    with watch_assumptions as loose:
        report = analyse(spec, Settings(dict(values), batch, dtype))
    return report, tuple(loose)


def list_errors(report: Report) -> list[Diagnostic]:
    """What is wrong with a model."""
    return [finding for finding in report.diagnostics if finding.severity == "error"]


def find_quantity(report: Report, name: str, batch: Size = 1, training: Training | None = None) -> tuple[Size, ...]:
    """A quantity as formulas of which the greatest counts; empty where it is not known."""
    sizes: tuple[Size, ...]
    if name == "peak_activation":
        sizes = list_peak_activations(report.walk, batch) if report.walk is not None else ()
    elif name == "memory":
        sizes = Memory(report, training, batch).needed
    elif name == "activations":
        sizes = (sum_activations(report.walk, batch),) if report.walk is not None else ()
    elif name == "kv_cache":
        sizes = (Memory(report, training, batch).cache_per_token,)
    elif name == "flops":
        sizes = (2 * report.macs,)
    else:
        sizes = (getattr(report, "weights_bytes" if name == "weights" else name),)
    return () if any(unknowns(size) for size in sizes) else sizes
