"""Analyses a spec: reads its settings, walks its graph, and collects what is wrong with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from shapecalc.analysis.report import Report
from shapecalc.diagnostics import Diagnostic, Fault, Fix, did_you_mean, error, shorten, sort_key
from shapecalc.dims import Dim, Shape, Size, symbol, unknown
from shapecalc.document.nodes import MappingNode
from shapecalc.inference.walk import Walk, walk
from shapecalc.layers.arguments.names import DTYPE_FRIENDS, DTYPES, POLICIES
from shapecalc.layers.arguments.numbers import LARGEST
from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.layers.catalogue import find
from shapecalc.layers.infer import clear_memo
from shapecalc.layers.values import Tensor
from shapecalc.model.builder import build
from shapecalc.model.context import Context
from shapecalc.model.declarations import Declaration, is_size_name, read_declarations
from shapecalc.model.inputs import make_inputs
from shapecalc.model.values import UNREAD, Values, is_required

if TYPE_CHECKING:
    from shapecalc.model.spec import ModelSpec


class Settings:
    """The settings of the command line: values of arguments and declared sizes, the batch size, and the dtype of layers
    that give none, in place of the model's.
    """

    __slots__ = ("batch", "dtype", "values")

    def __init__(
        self, values: dict[str, Any] | None = None, batch: Size | None = None, dtype: str | None = None
    ) -> None:
        self.values = values or {}
        self.batch = batch
        self.dtype = dtype


def analyse(spec: ModelSpec, settings: Settings | None = None) -> Report:
    """Infers a model. Never raises for what a spec says: findings stand in the report, sorted by place."""
    clear_memo()
    settings = _set_dtype_argument(spec, settings or Settings())
    context = Context()
    problems: list[Diagnostic] = list(spec.document.diagnostics)
    walked = None
    reader = _ModelReader(spec, problems)
    scope = reader.read_arguments(settings.values)
    own_dtype = reader.read_dtype()
    dtype = settings.dtype or own_dtype
    try:
        walked = _walk_model(reader, settings, scope, context, dtype)
        if walked is not None and not walked.is_sound:
            from shapecalc.inference.blame import list_findings

            problems += list_findings(walked)
    except Fault as fault:
        problems += fault.diagnostics
    except RecursionError:
        span = spec.document.span(spec.node)
        message = "wrappers and blocks stand in one another too deep"
        problems.append(error("SC602", message, span, help="nest them less"))
    if retracted := spec.document.retracted:
        problems = [problem for problem in problems if (problem.code, problem.span) not in retracted]
    report = Report(spec, walked, sorted(_drop_repeated(problems), key=sort_key), context, dtype)
    if walked is not None and walked.graph.active != 1:
        try:
            report.active  # noqa: B018
        except ValueError:
            from shapecalc.inference.active import report_part

            report.diagnostics = sorted([*report.diagnostics, report_part(walked.graph)], key=sort_key)
    if settings.dtype is not None and report.ok and not _takes_dtype(report, settings.dtype):
        message = f"--dtype: no layer takes `{settings.dtype}`, for each has a dtype of its own"
        report.diagnostics = [error("SC210", message, None, help="leave it out"), *report.diagnostics]
    if spec.code is not None:
        from shapecalc.analysis.code import note_code

        report.diagnostics = sorted(report.diagnostics + note_code(report), key=sort_key)
    if context.deprecated:
        from shapecalc.analysis.warnings import list_deprecations

        report.diagnostics = sorted(report.diagnostics + list_deprecations(report), key=sort_key)
    return report


def _set_dtype_argument(spec: ModelSpec, settings: Settings) -> Settings:
    """The settings with their dtype as the value of the model's argument `dtype`, where it has one."""
    if settings.dtype is None or "dtype" not in spec.args or "dtype" in settings.values:
        return settings
    return Settings({**settings.values, "dtype": settings.dtype}, settings.batch, settings.dtype)


def _takes_dtype(report: Report, dtype: str) -> bool:
    """Whether a layer computes in the dtype, or a mixed policy's, that is to be that of layers that give none."""
    wanted = dtype.removeprefix("mixed_")
    rows = (row for row in report.rows if row.node.entry is not None)
    return any(
        wanted in (*(tensor.dtype for tensor in row.outputs.values()), *(weight.dtype for _, weight in row.weights))
        for row in rows
    )


def _walk_model(
    reader: _ModelReader, settings: Settings, scope: dict[str, Any], context: Context, dtype: str
) -> Walk | None:
    spec, problems = reader.spec, reader.findings.diagnostics
    declared, faults, assumed = read_declarations(spec, scope, dtype)
    problems += faults
    batch = reader.read_batch()
    names = {name for declaration in declared.values() for name in declaration.names}
    names |= {batch} if isinstance(batch, str) else set()
    sizes = reader.read_sizes(settings.values, names)
    if isinstance(batch, str):
        # A batch size on the command line is the value of the name.
        batch = sizes.setdefault(batch, symbol(batch) if settings.batch is None else settings.batch)
    batch = batch if settings.batch is None else settings.batch
    reader.refuse_unknown_settings(settings.values, names)
    lacking = reader.refuse_incomplete(declared) if not faults else True
    if lacking or "args" in spec.misspelt or len(problems) > len(spec.document.diagnostics):
        problems += _list_entry_faults(spec, scope | {name: symbol(name) for name in names}, context, dtype)
        return None
    tensors, known = make_inputs(declared, sizes, batch)
    known = {name: sizes.get(name, symbol(name)) for name in names} | known
    graph = build(spec, scope | known, tensors, context, dtype)
    graph.assumed |= reader.assumed | assumed
    return walk(graph)


def _drop_repeated(problems: list[Diagnostic]) -> list[Diagnostic]:
    """The findings, each once: a block is walked each time it is used, and gives its findings again."""
    distinct: dict[object, Diagnostic] = {}
    for problem in problems:
        distinct.setdefault((problem.code, problem.message, problem.span), problem)
    return list(distinct.values())


def _list_entry_faults(spec: ModelSpec, scope: dict[str, Any], context: Context, dtype: str) -> list[Diagnostic]:
    """What is wrong with the entries of a model whose inputs or arguments have faults: nothing is inferred.

    Names without a value are left out, since they may be those of what could not be read.
    """
    tensors = {name: Tensor(Shape((unknown(),)), dtype) for name in spec.inputs}
    return [problem for problem in build(spec, scope, tensors, context, dtype).problems if problem.code != "SC208"]


class _ModelReader(Values):
    """Reads the keys of a model besides its layers: arguments, sizes, batch, dtype."""

    def __init__(self, spec: ModelSpec, problems: list[Diagnostic]) -> None:
        super().__init__(spec, {}, problems)

    def read_arguments(self, given: dict[str, Any]) -> dict[str, Any]:
        """The model's arguments: as they are set, else their defaults."""
        for name, node in self.spec.args.items():
            if name in given:
                self.scope[name] = given[name]
            elif is_required(node):
                self.scope[name] = UNREAD
                help = f"set it: `--set {name}=VALUE`"
                self.findings.error("SC210", f"the model's argument `{shorten(name)}` has no default", node, help=help)
            else:
                self.scope[name] = self.read(node)
        return self.scope

    def read_sizes(self, given: dict[str, Any], names: set[str]) -> dict[str, Size]:
        """The declared sizes that are set; an argument of the same name takes the value instead."""
        sizes: dict[str, Size] = {}
        for name in given.keys() & names - self.spec.args.keys():
            value = given[name]
            if isinstance(value, Dim) or (value.__class__ is int and 1 <= value <= LARGEST):
                sizes[name] = value
            else:
                message = f"--set: the size `{name}` is a whole number of at least 1, got {as_yaml(value)}"
                self.findings.error(
                    "SC210", message, None, help=f"`--set {name}=8`, or leave it out: it stays a symbol"
                )
        return sizes

    def refuse_unknown_settings(self, given: dict[str, Any], sizes: set[str]) -> None:
        """Reports values that are set for names that are neither an argument nor a declared size."""
        known = [*self.spec.args, *sorted(sizes)]
        for name in given:
            if name not in known:
                guess = did_you_mean(name, known)
                help = f"did you mean `{guess}`?" if guess else self._list_settings(known)
                self.findings.error(
                    "SC210", f"--set: the model has no argument or size `{shorten(name)}`", None, help=help
                )

    def _list_settings(self, known: list[str]) -> str:
        """What can be set, or how it can be."""
        if known:
            return f"it has {', '.join(known)}"
        document = self.findings.document
        if document.places:  # a file in another notation
            write = f"shapecalc convert {shorten(document.file)} --to yaml"
            return f"it has none: `{write}` writes a spec, in which `args` declares them"
        return "it has none: `args` declares them"

    def refuse_incomplete(self, declared: dict[str, Declaration]) -> bool:
        """Whether the inputs are not enough to begin with: a shape is missing, or leaves its axes open."""
        lacking = [name for name, declaration in declared.items() if declaration.shape is None]
        is_misspelt = bool(self.spec.misspelt & {"input", "inputs"})
        if lacking and self.spec.entries and not is_misspelt and not self.is_said_below():
            names = " and ".join(f"`{shorten(name)}`" for name in lacking)
            shapes = ", ".join(f"{name}: [5, 1]" for name in lacking)
            written = "input: [5, 1]" if lacking == ["input"] else f"inputs: {{{shapes}}}"
            message = f"the shape of {names} is missing" if len(lacking) == 1 else f"the shapes of {names} are missing"
            from shapecalc.document.fixes import declare

            words = f"write `{shorten(written)}`: the sizes of one sample, without the batch axis"
            help = Fix(words, declare(self.document, self.spec.node, written), example=True)
            self.findings.error("SC311", message, declared[lacking[0]].node or self.spec.node, help=help)
        for name, declaration in declared.items():
            if declaration.shape is not None and ... in declaration.shape:
                lacking.append(name)
                message = "`...` stands in the inputs of blocks; a model's input lists its axes"
                self.findings.error("SC204", message, declaration.node or self.spec.node)
        return bool(lacking)

    def is_said_below(self) -> bool:
        """Whether a layer declares the input, as in Keras 2: the finding is then at the layer."""
        for entry in self.spec.entries:
            key = str(entry.key.value)
            if not isinstance(entry.args, MappingNode) or key == "Input":
                if re.match(r"(?:[\w.]+\.)?Input\b|.*\binput_shape=", key):
                    return True
                continue
            layer_type = find(key)
            own = layer_type.args if layer_type else {}  # an Embedding has an `input_dim` of its own
            words = {"input_shape", "batch_input_shape", "input_dim"} - set(own)
            if words & set(entry.args.fields):
                return True
        return False

    def read_dtype(self) -> str:
        """The dtype of layers that give none."""
        node = self.spec.dtype
        if node is None:
            return "float32"
        value = self.read(node)
        if value is UNREAD:
            return "float32"
        if value in (*DTYPES, *POLICIES):
            return str(value)
        guess = did_you_mean(str(value), (*DTYPES, *POLICIES), DTYPE_FRIENDS)
        help: str | Fix = f"the dtypes are {', '.join((*DTYPES, *POLICIES))}"
        if guess:
            from shapecalc.document.fixes import suggest

            help = suggest(self.document, node, guess, (*DTYPES, *POLICIES))
        self.findings.error("SC407", f"`{shorten(value)}` is not a dtype", node, help=help)
        return "float32"

    def read_batch(self) -> Size | str | None:
        """The batch size where the spec fixes it, or the name it gives it."""
        node = self.spec.batch_size
        if node is None:
            return None
        value = self.read(node)
        if value is UNREAD:
            return None
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST):
            return value
        if isinstance(value, Dim) or (isinstance(value, str) and is_size_name(value)):
            return value
        message = f"`batch_size` must be a whole number of at least 1 or a name, got {as_yaml(value)}"
        help = "write a number, or leave it out: a batch has any size by itself"
        self.findings.error("SC204", message, node, help=help)
        return None
