"""Specs from files: reading within limits, and the files that blocks name."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from shapecalc.diagnostics import Fault, shorten
from shapecalc.diagnostics.errors import Refusal
from shapecalc.document.files import STDIN, Reader, real_path
from shapecalc.document.findings import Findings
from shapecalc.document.nodes import Document, MappingNode
from shapecalc.model.spec import ModelSpec, SpecReader

if TYPE_CHECKING:
    from shapecalc.diagnostics import Diagnostic
    from shapecalc.document.nodes import ScalarNode
    from shapecalc.document.scene import Answer
    from shapecalc.layers.opaque import HeldCode

__all__ = ["MAX_CHAIN", "STDIN", "Library"]

MAX_CHAIN = 30
"""Most files that may name one another in a chain."""

_FOREIGN = frozenset(("class_name", "nbformat", "model_type", "architectures", "graph"))
"""Keys at the top of other notations' files."""


class Library:
    """Reads specs; each file once. A block's `file` is relative to its spec and stays within the first one's folder."""

    def __init__(self, read_file: Callable[[str], bytes] | None = None) -> None:
        """`read_file` gives the bytes of a path or raises Fault; by default the file's, within limits."""
        self.read_file = read_file or Reader().read
        self.specs: dict[str, ModelSpec | None] = {}
        self.opening: list[str] = []
        self.documents: dict[str, Document] = {}
        self.folder = "."

    def open(self, path: str, data: bytes | None = None) -> ModelSpec:
        """The spec in a file; `data` are its bytes where they were read. Raises Fault where there is no spec in it."""
        self.folder = os.path.dirname(path) or "."
        return self.parse(self.read_file(path) if data is None else data, path)

    def parse(
        self,
        data: bytes | str,
        file: str,
        places: list[str] | None = None,
        code: HeldCode | None = None,
        folder: str | None = None,
    ) -> ModelSpec:
        """The spec in a text. Raises Fault where there is none to go on with.

        `places` are given where the text was made of a file in another notation: what each line stands for in it, and
        `code` what that file holds that no text can say. The files of blocks stand in `folder`, where `file` is not
        the path of this text.
        """
        from shapecalc.document.read import read  # needs yaml, which models of other notations do without

        document = read(data, file, _answer_call)
        document.places = places or []
        if folder is not None:
            document.folder = self.folder = folder
        _refuse_other_files(document, data)
        return self.read_document(document, code)

    def read_document(self, document: Document, code: HeldCode | None = None) -> ModelSpec:
        """The spec in nodes, read or made of a model in another notation. Raises Fault where there is none."""
        file = document.file
        self.documents[file] = document
        self.opening.append(file)
        spec = SpecReader(document, self.load).read(_strip_suffix(file))
        self.opening.pop()
        if spec is None:
            raise Fault(*document.diagnostics)
        spec.code = code
        return spec

    def load(self, document: Document, node: ScalarNode) -> ModelSpec | None:
        """The spec that a block's `file` names; findings go to the document that names it."""
        findings = Findings(document, document.diagnostics)
        named = str(node.value)
        path = os.path.join(document.folder, named.replace("\0", ""))
        real = real_path(path)
        refusal = self._find_refusal(named, real)
        if refusal is not None:
            findings.error(refusal.code, refusal.message, node, help=refusal.help)
            return None
        if real not in self.specs:
            self.specs[real] = None
            try:
                data = self.read_file(path)
                # Who uses a model in another notation did not write its blocks: they are no text to edit.
                places = [str(line) for line in range(1, data.count(b"\n") + 2)] if document.places else None
                spec = self.specs[real] = self.parse(data, path, places)
                document.diagnostics += spec.document.diagnostics
            except Fault as fault:
                document.diagnostics += [
                    finding if finding.span else self._locate_missing(document, node, path, finding)
                    for finding in fault.diagnostics
                ]
        return self.specs[real]

    def _locate_missing(self, document: Document, node: ScalarNode, path: str, finding: Diagnostic) -> Diagnostic:
        """The finding that a block's file cannot be read, where it is named, with the file that was probably meant."""
        from shapecalc.document.fixes import suggest
        from shapecalc.document.other_files import find_neighbour

        placed = finding._replace(span=document.span(node))
        guess = None if os.path.exists(path) else find_neighbour(path)
        if guess is None or document.places:
            return placed
        fix = suggest(document, node, os.path.join(os.path.dirname(str(node.value)), guess))
        return placed._replace(help=fix.help, edits=fix.edits)

    def _find_refusal(self, named: str, real: str) -> Refusal | None:
        """Why a block's file is not read: where it lies, or what names it; None where it is read."""
        if "\0" in named or os.path.isabs(named) or not is_within(real, real_path(self.folder)):
            message = f"`{shorten(named)}` lies outside the folder of the spec"
            return Refusal(message, code="SC604", help="keep a model's files in one folder")
        if real in map(real_path, self.opening):
            message = f"`{shorten(named)}` contains itself"
            return Refusal(message, code="SC310", help="a network is finite: use `repeat`")
        if len(self.opening) >= MAX_CHAIN:
            message = f"files name one another more than {MAX_CHAIN} deep"
            return Refusal(message, code="SC602", help="put blocks that belong together in one file")
        return None


def is_within(path: str, folder: str) -> bool:
    """Whether a path lies in a folder or below; both with their links followed."""
    try:
        return os.path.commonpath([path, folder]) == folder
    except ValueError:  # one of them is relative, since the current folder is gone
        return False


def _refuse_other_files(document: Document, data: bytes | str) -> None:
    """Raises Fault with the kind of a file that is no spec at all, in place of its faults as a spec."""
    root = document.root
    if isinstance(root, MappingNode) and not document.diagnostics and not _FOREIGN & root.fields.keys():
        return
    from shapecalc.document.other_files import find_kind, find_kind_of_mapping, report_kind

    kind = find_kind_of_mapping(root)
    if kind is None and (document.diagnostics or not isinstance(root, MappingNode)):
        kind = find_kind(data if isinstance(data, bytes) else data.encode("utf-8", "replace"))
    if kind is not None:
        raise Fault(report_kind(kind, document.file))


def _answer_call(text: str) -> Answer | None:
    """The entry to write for a call in Python; what knows it is loaded only where one was met."""
    from shapecalc.model.mistakes.meant import answer_call

    return answer_call(text)


def _strip_suffix(file: str) -> str:
    return "model" if file == STDIN else os.path.splitext(os.path.basename(file))[0]
