"""Runs a model in NumPy and compares what was computed with what was inferred."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shapecalc.analysis.binding import find_binding
from shapecalc.analysis.code import refuse_code
from shapecalc.analysis.report import Report, Row
from shapecalc.analysis.unknown_sizes import has_unknown, number_unknowns
from shapecalc.diagnostics import Diagnostic, Fault, error, shorten
from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Dim, Shape, Size, binary_text, bind, is_unknown, symbols
from shapecalc.forward.base import CannotRun
from shapecalc.forward.base import has_forward as has_forward
from shapecalc.forward.block import GraphRun
from shapecalc.forward.footprint import measure_graph
from shapecalc.forward.onnx.dtypes import convert, hold
from shapecalc.forward.weights import WeightMismatch, Weights, WeightStore
from shapecalc.inference.blame import list_findings
from shapecalc.inference.vocabulary import vocabulary
from shapecalc.inference.walk import Walk, label_call, walk
from shapecalc.layers.base import Layer
from shapecalc.layers.values import Inferred, Tensor
from shapecalc.model.builder import build
from shapecalc.model.graph import GraphNode

Array: TypeAlias = NDArray[Any]
Progress: TypeAlias = Callable[[int, int, str], None]
"""Told after each node: how many are done, of how many, and its name."""

TRIAL_SIZES = (8, 16, 32, 64, 128, 224, 256, 299, 12, 9, 10)
"""What a symbol or an unknown is tried as when nobody says; the first that every assumption admits is taken."""

_DRAWN = 1 << 16
"""Numbers drawn at a time: they come in double precision, and an input may be half of what there is room for."""

_NAMED = 8
"""How many types of layers a message names."""

_WORDS = ("the", "cat", "sat", "on", "a", "mat")


class RowRun:
    """One row, confirmed or not: `computed` are the shapes that came out, `allocated` the parameters asked for."""

    __slots__ = ("allocated", "computed", "concrete", "params", "row")

    def __init__(
        self,
        row: Row,
        inferred: Inferred | None,
        computed: list[tuple[int, ...]],
        allocated: dict[str, int],
        left_out: Collection[str] = (),
    ) -> None:
        owns = inferred is not None and not row.reused
        self.row = row
        self.concrete = [tensor.shape for tensor in inferred.outputs.values()] if inferred else []
        self.params = _count_params(inferred, row.name, left_out) if inferred is not None and owns else 0
        self.computed = computed
        self.allocated = allocated.get(row.name, 0) if owns else 0

    @property
    def shapes_agree(self) -> bool:
        """Whether what was computed has the shapes that were inferred; a size that values decide may be any."""
        return len(self.concrete) == len(self.computed) and all(map(_is_of_shape, self.computed, self.concrete))

    @property
    def agrees(self) -> bool:
        """Whether rule and forward say the same of the very arrays that were fed."""
        return self.shapes_agree and self.params == self.allocated


def _count_params(inferred: Inferred, name: str, left_out: Collection[str]) -> Size:
    """The parameters of a layer without those of layers in it that were not run."""
    if not left_out:
        return inferred.params
    prefixes = tuple(left_out)
    weights = [weight for path, weight in inferred.all_weights() if not f"{name}/{path}".startswith(prefixes)]
    return sum(weight.params for weight in weights)


def _is_of_shape(computed: tuple[int, ...], inferred: Shape) -> bool:
    return len(computed) == len(inferred) and all(
        wanted == size or is_unknown(wanted) for size, wanted in zip(computed, inferred, strict=True)
    )


class Run:
    """A forward pass: its rows, what left the model, the weights by their paths, and the findings about it.

    `weight_file` says which file the weights are from, and how they were found in it.
    """

    def __init__(self) -> None:
        self.rows: list[RowRun] = []
        self.outputs: dict[str, Array] = {}
        self.weights: dict[str, Array] = {}
        self.weight_file: dict[str, Any] | None = None
        self.diagnostics: list[Diagnostic] = []

    @property
    def agrees(self) -> bool:
        return all(row.agrees for row in self.rows)


def run_model(
    report: Report,
    inputs: Mapping[str, Array],
    weights: Mapping[str, Array] | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    max_memory: int | None = None,
) -> Run:
    """One forward pass of an analysed model that has no errors. Its weights are the given ones, else its file's own.

    Raises Fault: SC603 where it would need more than `max_memory` bytes, SC606 where a weight does not fit.
    """
    run = Run()
    concrete = _walk_concrete(report, _shapes(inputs))
    cast = sum(array.nbytes for array in (weights or {}).values() if array.dtype != np.float32)
    _refuse_memory(concrete, max_memory, report, cast, _longest_text(inputs))
    _refuse_bfloat16(concrete)
    held = {} if report.spec.held is None else report.spec.held(max_memory)
    store = WeightStore({**held, **(weights or {})}, seed)
    shapes: dict[int, list[tuple[int, ...]]] = {}

    def note_node(node: GraphNode, outputs: tuple[Array, ...]) -> None:
        shapes[node.index] = [array.shape for array in outputs]
        if progress is not None:
            progress(len(shapes), len(concrete.graph.nodes), node.name)

    graph_run = GraphRun(concrete, Weights(store))
    try:
        with np.errstate(all="ignore"):
            arrays = graph_run.run([inputs[name] for name in report.inputs], [None] * len(report.inputs), note_node)
    except WeightMismatch as mismatch:
        raise Fault(error("SC606", str(mismatch), subject=mismatch.path)) from None
    except Fault as fault:  # of a block that cannot take what it is fed
        node = graph_run.node
        raise Fault(*(fault.diagnostics if node is None else label_call(fault, concrete.graph, node))) from None
    except (ArithmeticError, IndexError, MemoryError, ShapeError, TypeError, ValueError) as failure:
        raise Fault(_stopped_finding(graph_run.node, concrete, failure)) from failure
    run.outputs = dict(zip(concrete.output_sources(), arrays, strict=True))
    run.weights = store.arrays
    allocated = store.count_allocated()
    for row, inferred in zip(report.rows, concrete.results, strict=True):
        run.rows.append(RowRun(row, inferred, shapes[row.node.index], allocated, store.left_out))
    run.diagnostics = _disagreements(run)
    return run


def import_forward(name: str) -> ModuleType:
    """A module of forwards, for who needs its tables: the weights of a resized image, the window of a signal."""
    return import_module(f"shapecalc.forward.{name}")


def open_weights(
    report: Report, weights: Mapping[str, Array] | None = None, seed: int = 0, max_memory: int | None = None
) -> Weights:
    """The weights that a run would use: the given ones, else the model file's own, else initial values.

    Those that are made are not kept: who asks twice for one has the same numbers again.
    """
    held = {} if report.spec.held is None else report.spec.held(max_memory)
    return Weights(_AskedStore({**held, **(weights or {})}, seed, keeps=False))


class _AskedStore(WeightStore):
    """Weights for who is no run: what is wrong with one is a Fault, which names it."""

    def ask(self, path: str, shape: tuple[int, ...], initializer: Any, dtype: str) -> Array:
        try:
            return super().ask(path, shape, initializer, dtype)
        except WeightMismatch as mismatch:
            raise Fault(error("SC606", str(mismatch), subject=mismatch.path)) from None
        except (ArithmeticError, TypeError, ValueError) as failure:
            help = "change its initializer, or give it with `--weights`"
            raise Fault(error("SC605", f"cannot be made: {shorten(failure)}", subject=path, help=help)) from failure


def _stopped_finding(node: GraphNode | None, walked: Walk, failure: Exception) -> Diagnostic:
    """The finding for a forward that failed: memory, a dtype without arrays, shapes or values that do not fit.

    `node` is the one that was being computed.
    """
    code, message = "SC605", f"cannot be computed: {shorten(failure)}"
    help: str | None = "look at the values it is fed, or give others with `--input`"
    if isinstance(failure, MemoryError):
        code, message = "SC603", "there is not enough memory for its output"
        help = "run a smaller batch or input"
    elif isinstance(failure, ShapeError):
        code, message, help = failure.code, failure.message, failure.help
    elif isinstance(failure, CannotRun):
        code, message, help = failure.code, f"cannot be computed: {failure}", failure.help
    if node is None:
        return error(code, message, help=help)
    span = walked.graph.document.span(node.entry.key) if node.entry is not None else None
    return error(code, message, span, subject=node.name, help=help)


def _refuse_bfloat16(walked: Walk) -> None:
    """Raises Fault, SC407, for the first layer that computes in bfloat16, also where a package adds it to NumPy.

    Operators of ONNX round to it themselves, and what is fed to one comes in float32.
    """
    for node in walked.graph.nodes:
        is_read = node.layer is not None and node.layer.type_name.startswith(("onnx.", "InputLayer"))
        if node.layer is not None and not is_read and _is_bfloat16(node, walked):
            span = walked.graph.document.span(node.entry.key) if node.entry is not None else None
            help = "`summary` and `check` know its sizes; run it as float16 or float32"
            raise Fault(error("SC407", "NumPy has no bfloat16 to compute in", span, subject=node.name, help=help))


def _is_bfloat16(node: GraphNode, walked: Walk) -> bool:
    """Whether a node or a layer within it has or gives bfloat16."""
    inferred = walked.results[node.index]
    return "bfloat16" in str(getattr(node.layer, "dtype", None)) or (inferred is not None and _has_bfloat16(inferred))


def _has_bfloat16(inferred: Inferred) -> bool:
    dtypes = [tensor.dtype for tensor in inferred.outputs.values()] + [weight.dtype for weight in inferred.weights]
    return "bfloat16" in dtypes or any(_has_bfloat16(part.inferred) for part in inferred.inner)


def refuse_large_run(report: Report, shapes: Mapping[str, tuple[int, ...]], max_memory: int | None) -> None:
    """Raises what `run_model` would raise of inputs of these shapes before it computes anything."""
    _refuse_memory(_walk_concrete(report, shapes), max_memory, report)


def _shapes(arrays: Mapping[str, Array]) -> dict[str, tuple[int, ...]]:
    return {name: array.shape for name, array in arrays.items()}


def _require_values(report: Report) -> None:
    """Raises Fault: SC403 where an argument is a symbol that no input gives a value, SC615 where a layer holds code.

    SC618 where a layer's type has no forward.
    """
    refuse_code(report)
    _require_forwards(report)
    scope = report.walk.graph.scope if report.walk is not None else {}
    given = {name for tensor in report.inputs.values() for size in tensor.shape for name in symbols(size)}
    wanted = {name for value in scope.values() if isinstance(value, Dim) for name in symbols(value)}
    free = min(wanted - given, default=None)
    if free is not None:
        help = f"give it one: `--set {free}=8`"
        raise Fault(error("SC403", f"`{free}` has no value, and a run needs one", subject=report.name, help=help))


def _require_forwards(report: Report) -> None:
    """Raises Fault with SC618 that names the types, each once, of layers that are not computed here."""
    lacking = [kind.type_name for kind in dict.fromkeys(_list_types(report.rows)) if not has_forward(kind)]
    if lacking:
        names = ", ".join(lacking[:_NAMED]) + (f" and {len(lacking) - _NAMED} more" if len(lacking) > _NAMED else "")
        help = "`summary`, `check` and `explain` know their sizes"
        raise Fault(error("SC618", f"has what is not computed here: {names}", subject=report.name, help=help))


def _list_types(rows: Iterable[Row]) -> Iterator[type[Layer]]:
    """The type of each layer of a model, those in blocks too."""
    for row in rows:
        if row.node.layer is not None and row.node.entry is not None:
            yield type(row.node.layer)
            if row.inferred.inner:
                yield from _list_types(row.rows)


def _walk_concrete(report: Report, shapes: Mapping[str, tuple[int, ...]]) -> Walk:
    """The model walked again for the very shapes it is fed. Raises Fault where it does not admit them."""
    graph = report.walk.graph if report.walk else None
    if graph is None:
        raise Fault(*report.diagnostics)
    _require_values(report)
    values: dict[str, Size] = {}
    for name, tensor in report.inputs.items():
        for size, actual in zip(tensor.shape, shapes[name], strict=True):
            if not isinstance(size, int) and str(size) in symbols(size):
                values[str(size)] = actual
    scope = {name: bind(value, values) if isinstance(value, Dim) else value for name, value in graph.scope.items()}
    tensors = {name: Tensor(Shape(shapes[name]), report.inputs[name].dtype, False) for name in report.inputs}
    walked = walk(build(report.spec, scope, tensors, report.context, report.dtype))
    if not walked.is_sound:
        raise Fault(*list_findings(walked))
    return walked


def _longest_text(arrays: Mapping[str, Array]) -> int:
    """Letters of the longest text that is fed, at least 1: no text has more tokens."""
    texts = [array for array in arrays.values() if array.dtype.kind in "USO" and array.size]
    return max([1, *(int(np.char.str_len(array.astype(str)).max()) for array in texts)])


def _refuse_memory(walked: Walk, limit: int | None, report: Report, given: int = 0, longest: int = 1) -> None:
    """Refuses a run that needs more than the limit, before anything of it is computed, and names what takes most.

    `given` are bytes of weights that are there already, and are cast. A size that values decide is taken as `longest`.
    """
    needed, node = measure_graph(number_unknowns(longest, walked) if has_unknown(walked) else walked)
    needed += given
    if limit is None or needed <= limit:
        return
    message = f"the run needs about {binary_text(needed)}, more than the {binary_text(limit)} allowed"
    help = "run a smaller batch or input, or raise `--max-memory`"
    span = walked.graph.document.span(node.entry.key) if node is not None else None
    raise Fault(error("SC603", message, span, subject=node.name if node is not None else report.name, help=help))


def _disagreements(run: Run) -> list[Diagnostic]:
    """A finding for each row where rule and forward differ."""
    found = []
    for row in run.rows:
        if row.agrees:
            continue
        said = ", ".join(str(shape) for shape in row.concrete)
        got = ", ".join(str(Shape(shape)) for shape in row.computed)
        what = (
            f"inferred {said}, computed {got}"
            if not row.shapes_agree
            else f"inferred {row.params:,} parameters, allocated {row.allocated:,}"
        )
        entry = row.row.node.entry
        span = row.row.walk.graph.document.span(entry.key) if entry is not None else None
        help = "one of the two is wrong: please report it with this spec"
        found.append(error("SC502", what, span, subject=row.row.name, help=help))
    return found


def sample_inputs(
    report: Report, kind: str, seed: int = 0, batch: int = 2, max_memory: int | None = None
) -> dict[str, Array]:
    """Inputs of the model's shapes: `random`, `zeros` or `ones`. Unknown and symbolic sizes are tried small first.

    Raises Fault where no trial size fits what the model assumes, and before anything is there where a run with these
    inputs would need more than `max_memory` bytes.
    """
    _require_values(report)
    for trial, sizes in _list_trials(report):
        shapes = {name: _trial_shape(tensor, trial, batch, sizes) for name, tensor in report.inputs.items()}
        if report.is_concrete or _admits(report, shapes):
            break
    else:
        help = "give the input yourself, or bind its sizes with `--set`"
        raise Fault(error("SC403", "no small input fits its unknown sizes", subject=report.name, help=help))
    if max_memory is not None:
        refuse_large_run(report, shapes, max_memory)
    random = np.random.default_rng(seed)
    return {
        name: _sample(kind, shapes[name], tensor.dtype or "float32", _vocabulary(report, index), random)
        for index, (name, tensor) in enumerate(report.inputs.items())
    }


def _vocabulary(report: Report, index: int) -> int | None:
    """How many ids an input may take, by its position; None where none is looked up."""
    return vocabulary(report.walk, index) if report.walk is not None else None


def _admits(report: Report, shapes: Mapping[str, tuple[int, ...]]) -> bool:
    try:
        _walk_concrete(report, shapes)
    except Fault:
        return False
    return True


def _list_trials(report: Report) -> Iterator[tuple[int, dict[str, int]]]:
    """Sizes to try: the same for all symbols and unknowns, then symbols of which all assumptions hold."""
    yield from ((trial, {}) for trial in TRIAL_SIZES)
    solved = find_binding(report)
    if solved is not None:
        yield from ((trial, solved) for trial in TRIAL_SIZES)


def _trial_shape(tensor: Tensor, trial: int, batch: int, named: Mapping[str, int]) -> tuple[int, ...]:
    """The shape with every unknown as the trial size, and symbols as they are named."""
    sizes = [size if isinstance(size, int) else named.get(str(size), trial) for size in tensor.shape]
    if sizes and not isinstance(tensor.shape[0], int) and is_unknown(tensor.shape[0]):
        sizes[0] = batch
    return tuple(sizes)


def _sample(
    kind: str, shape: tuple[int, ...], dtype: str, vocabulary: int | None, random: np.random.Generator
) -> Array:
    """One array; integers, and floats that are looked up, stay below the vocabulary. Text is a few short words."""
    if dtype == "string":
        return random.choice(_WORDS, shape) if kind == "random" else np.full(shape, "")
    wanted, dtype = dtype, hold(dtype)
    if kind == "zeros":
        return np.zeros(shape, dtype)
    if kind == "ones":
        return np.ones(shape, dtype)
    sample = np.empty(shape, dtype)
    flat = sample.reshape(-1)
    for start in range(0, flat.size, _DRAWN):
        part = flat[start : start + _DRAWN]
        if dtype == "bool":
            part[:] = random.random(part.size) < 0.5
        elif vocabulary is not None or not dtype.startswith("float"):
            part[:] = random.integers(0, vocabulary or 2, part.size)
        else:
            part[:] = random.standard_normal(part.size)
    return sample if wanted in (dtype, "bfloat16") else convert(sample, wanted)
