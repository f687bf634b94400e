"""Reads models of every notation: specs, Keras's and ONNX's files, configs, and the models that ship by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.report import Report
from shapecalc.diagnostics import Diagnostic, Fault, split_lines
from shapecalc.document.files import Reader
from shapecalc.formats import model_files
from shapecalc.formats.made_spec import SpecText
from shapecalc.model.load import STDIN, Library

if TYPE_CHECKING:
    from shapecalc.analysis.measured import SpecFiles
    from shapecalc.formats.flat_model import FlatModel
    from shapecalc.formats.model_files import WrittenModel
    from shapecalc.model.spec import ModelSpec


class _Lifted(NamedTuple):
    """A form of an ONNX file's model that was analysed, to see whether it says the same as the nodes."""

    library: Library
    written: WrittenModel
    report: Report


class Reading:
    """What was read and found so far. `diagnostics` are the findings, in the order of the models.

    `written` holds what was read of files in other notations, by file; `texts` the specs of published models and of
    configs, by what names them; `sources` lines that no document has, and those that others have read.
    Warnings and notes that comments silence are not among them, unless the caller `wants_silenced`. The nodes of an
    ONNX file are lifted to layers, unless the caller `wants_exact` ones.
    """

    def __init__(
        self, settings: Settings | None = None, *, wants_silenced: bool = False, wants_exact: bool = False
    ) -> None:
        self.settings = settings
        self.wants_silenced = wants_silenced
        self.wants_exact = wants_exact
        self.diagnostics: list[Diagnostic] = []
        self.libraries: list[Library] = []
        self.written: dict[str, WrittenModel] = {}
        self.texts: dict[str, SpecText] = {}
        self.sources: dict[str, list[str]] = {}
        self.lifted: _Lifted | None = None
        self.reader = Reader()

    def read(self, path: str, read_file: Callable[[str], bytes] | None = None) -> Report:
        """The report of the model in a file (`-`: standard input). Raises Fault where it cannot be read.

        `read_file` reads paths that are not files, such as one in a revision of git.
        """
        spec = self.spec(path, read_file)
        return self.take(self.find_report(spec) or analyse(spec, self.settings))

    def read_text(self, text: str, file: str = "model.yaml") -> Report:
        """The report of the model in a text, a spec or JSON, which findings call `file`. Raises Fault."""
        library = Library(self.reader.read)
        self.libraries.append(library)
        content = model_files.read_bytes(text.encode("utf-8", "surrogatepass"), file)
        made = None if isinstance(content, bytes) else self.take_content(content, file, library)
        return self.take(analyse(library.parse(text, file) if made is None else made, self.settings))

    def take(self, report: Report) -> Report:
        """A report, with its findings added to those there are."""
        self.compare_records(report)
        self.diagnostics += report.diagnostics if self.wants_silenced else self.drop_silenced(report.diagnostics)
        return report

    def drop_silenced(self, findings: list[Diagnostic]) -> list[Diagnostic]:
        """The findings of the last model but for warnings and notes that comments silence: errors are always said."""
        if all(finding.severity == "error" for finding in findings):
            return findings
        from shapecalc.document.ignores import read_ignores, silence

        every = [ignores for ignores in map(read_ignores, self.libraries[-1].documents.values()) if ignores is not None]
        kept = set(silence(findings, [comment for ignores in every for comment in ignores.comments]))
        return [finding for finding in findings if finding.severity == "error" or finding in kept]

    def compare_records(self, report: Report) -> None:
        """Adds to a report where it disagrees with what its file, in another notation, recorded."""
        written = self.written.get(report.file)
        if written is None or not report.ok:
            return
        from shapecalc.formats.recorded_shapes import list_disagreements

        report.diagnostics = list_disagreements(written.flat, report) + report.diagnostics

    def require_no_code(self, report: Report) -> None:
        """Raises Fault where a run would need code that a model holds: in place of the note that says so."""
        if report.spec.code is None:
            return
        from shapecalc.analysis.code import refuse_code

        try:
            refuse_code(report)
        except Fault:
            self.diagnostics = [finding for finding in self.diagnostics if finding.code != "SC615"]
            raise

    def spec(self, path: str, read_file: Callable[[str], bytes] | None = None) -> ModelSpec:
        """The spec in a file, or that of a model in another notation. Raises Fault."""
        library = Library(read_file or self.reader.read)
        self.libraries.append(library)
        file = STDIN if path == "-" else path
        try:
            content = self.content(path, read_file)
        except Fault as fault:
            if fault.text is not None:
                self.sources[file] = split_lines(fault.text)
            raise
        if isinstance(content, bytes):
            return library.parse(content, STDIN) if path == "-" else library.open(path, content)
        return self.take_content(content, file, library)

    def take_content(self, content: FlatModel | SpecText, file: str, library: Library) -> ModelSpec:
        """The spec of a model in another notation. Raises Fault."""
        if isinstance(content, SpecText):
            self.diagnostics += content.notes
            self.texts[file] = content
            if content.source is not None:
                self.sources[file] = split_lines(content.source)
            library.read_file = self.reader.read  # whatever the file is read from, its blocks come with the package
            return library.parse(content.text, file, content.places, folder=content.folder)
        model = self.lift(content, file)
        if self.lifted is None or self.lifted.written.flat is not model:
            written = model_files.WrittenModel(model)
            spec = library.read_document(written.document(file), model.code)
        else:
            self.libraries[-1], written, spec = self.lifted.library, self.lifted.written, self.lifted.report.spec
        self.written[file] = written
        self.diagnostics += model.notes
        if model.has_operators:
            spec.held = partial(_read_held, content, model, file)
        return spec

    def content(self, path: str, read_file: Callable[[str], bytes] | None = None) -> bytes | FlatModel | SpecText:
        """The model in a file of another notation, or the bytes of what may be a spec. Raises Fault."""
        if path == "-":
            return model_files.read_bytes(self.reader.read_stdin(), STDIN)
        return model_files.read_bytes(read_file(path), path) if read_file else model_files.read_file(path, self.reader)

    def find_names(self, report: Report, names: Iterable[str]) -> list[str]:
        """Names of layers as the report has them, for names that may be those of the file in another notation."""
        written = self.written.get(report.file)
        if written is None:
            return list(names)
        by_place = {place: layer for layer, place in reversed(written.flat.places.items())}
        return [name if report.find_row(name) is not None else by_place.get(name, name) for name in names]

    def hides_nodes(self, report: Report, names: Iterable[str]) -> bool:
        """Whether a name is that of a node of an ONNX file that is part of a layer, or was folded away."""
        written = self.written.get(report.file)
        if written is None or self.wants_exact or not written.flat.has_operators:
            return False
        return any(report.find_row(name) is None for name in names)

    def lift(self, model: FlatModel, file: str) -> FlatModel:
        """The nodes of an ONNX file as layers, unless the command wants the nodes; another model as it is."""
        if not model.has_operators or self.wants_exact:
            return model
        from shapecalc.formats.onnx.lifting.lift import lift

        def report_of(form: FlatModel) -> Report:
            written, library = model_files.WrittenModel(form), Library(self.reader.read)
            report = analyse(library.read_document(written.document(file)))
            self.lifted = _Lifted(library, written, report)
            return report

        return lift(model, report_of, file)

    def find_report(self, spec: ModelSpec) -> Report | None:
        """The report of a spec that was analysed when it was made; None where settings would change it."""
        settings = self.settings or Settings()
        changed = settings.values or settings.batch is not None or settings.dtype is not None
        if self.lifted is None or self.lifted.report.spec is not spec or changed:
            return None
        return self.lifted.report

    def report_of(self, text: str, file: str) -> Report:
        """The report of a spec given as text, which holds what is set; findings call it `file`. Raises Fault."""
        library = Library(self.reader.read)
        self.libraries.append(library)
        batch = None if self.settings is None else self.settings.batch
        return analyse(library.parse(text, file), Settings(batch=batch))

    def report_of_model(self, model: FlatModel, file: str) -> Report:
        """The report of a model in another notation that was read of a file, without findings. Raises Fault."""
        document = model_files.WrittenModel(model).document(file)
        return analyse(Library(self.reader.read).read_document(document, model.code), self.settings)

    def flat_model(self, report: Report) -> FlatModel:
        """A model laid flat: as it was read of a file in another notation, or else of its spec. Raises Fault."""
        written = self.written.get(report.file)
        if written is not None:
            return written.flat
        from shapecalc.formats.flat_model import flatten

        return flatten(report)

    def bytes_of(self, path: str) -> bytes:
        """The bytes of a file or of standard input. Raises Fault."""
        return self.reader.read_stdin() if path == "-" else self.reader.read(path)

    def source(self, path: str) -> SpecFiles:
        """The spec in a file and the bytes of all files it is read from, for other processes. Raises Fault."""
        from shapecalc.analysis.measured import SpecFiles

        texts: dict[str, bytes] = {}

        def read_file(name: str) -> bytes:
            texts[name] = self.reader.read(name)
            return texts[name]

        file = STDIN if path == "-" else path
        content = self.content(path)
        if not isinstance(content, bytes | SpecText):
            written = model_files.WrittenModel(self.lift(content, file))
            return SpecFiles(file, {file: written.text.encode()}, written.places, content.code)
        library = Library(read_file)
        self.libraries.append(library)
        if isinstance(content, SpecText):
            texts[file] = content.text
            library.parse(content.text, file, content.places, folder=content.folder)
            return SpecFiles(file, texts, content.places, None, content.folder)
        texts[file] = content
        if path == "-":
            library.parse(content, STDIN)
        else:
            library.open(path, content)
        return SpecFiles(file, texts)

    def lines(self, file: str) -> list[str]:
        """The lines of a file that was read, for the snippets of findings."""
        if file in self.sources:
            return self.sources[file]
        for library in reversed(self.libraries):
            if file in library.documents:
                return library.documents[file].lines
        return []


def _read_held(nodes: FlatModel, model: FlatModel, file: str, limit: int | None) -> dict[str, Any]:
    """The numbers that an ONNX file has of a model, which are its `nodes` or made of them, by paths. Raises Fault."""
    from shapecalc.formats.weights.model_file import read_held

    held = read_held(nodes, file, limit)
    if model is nodes:
        return held
    from shapecalc.formats.onnx.lifting.weights import lift_weights

    return lift_weights(model, held)
