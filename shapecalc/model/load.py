"""Specs from files: reading within limits, and the files that blocks name."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from shapecalc.diagnostics import Fault, error, shorten
from shapecalc.document.files import STDIN, Reader, real_path
from shapecalc.document.nodes import Document, MappingNode
from shapecalc.document.read import read
from shapecalc.model.spec import ModelSpec, SpecReader

if TYPE_CHECKING:
    from shapecalc.document.faults import Answer
    from shapecalc.document.nodes import ScalarNode

__all__ = ["MAX_CHAIN", "STDIN", "Library"]

MAX_CHAIN = 30
"""How many files may name one another in a chain."""

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
        self.folder = ""

    def open(self, path: str) -> ModelSpec:
        """The spec in a file. Raises Fault where there is none to go on with."""
        self.folder = real_path(os.path.dirname(path) or ".")
        return self.parse(self.read_file(path), path)

    def parse(self, data: bytes | str, file: str) -> ModelSpec:
        """The spec in a text. Raises Fault where there is none to go on with."""
        if not self.folder:
            self.folder = real_path(".")
        document = read(data, file, _answer_call)
        _refuse_other_files(document, data)
        self.documents[file] = document
        self.opening.append(real_path(file))
        spec = SpecReader(document, self.load).read(_stem(file))
        self.opening.pop()
        if spec is None:
            raise Fault(*document.diagnostics)
        return spec

    def load(self, document: Document, node: ScalarNode) -> ModelSpec | None:
        """The spec that a block's `file` names; findings go to the document that names it."""
        named = str(node.value)
        path = os.path.join(os.path.dirname(document.file), named.replace("\0", ""))
        real = real_path(path)

        def problem(code: str, message: str, help: str | None = None) -> None:
            document.diagnostics.append(error(code, message, document.span(node), help=help))

        if "\0" in named or os.path.isabs(named) or not is_within(real, self.folder):
            problem(
                "SC604", f"`{shorten(named)}` lies outside the folder of the spec", "keep a model's files in one folder"
            )
            return None
        if real in self.opening:
            problem("SC310", f"`{shorten(named)}` contains itself", "a network is finite: use `repeat`")
            return None
        if len(self.opening) >= MAX_CHAIN:
            problem(
                "SC602",
                f"files name one another more than {MAX_CHAIN} deep",
                "put blocks that belong together in one file",
            )
            return None
        if real not in self.specs:
            self.specs[real] = None
            try:
                spec = self.specs[real] = self.parse(self.read_file(path), path)
                document.diagnostics += spec.document.diagnostics
            except Fault as fault:
                span = document.span(node)
                document.diagnostics += [one if one.span else one._replace(span=span) for one in fault.diagnostics]
        return self.specs[real]


def is_within(path: str, folder: str) -> bool:
    """Whether a path lies in a folder or below; both with their links followed."""
    try:
        return os.path.commonpath([path, folder]) == folder
    except ValueError:  # one of them is relative, since the current folder is gone
        return False


def _refuse_other_files(document: Document, data: bytes | str) -> None:
    """Says what a file is that is no spec at all, in place of what is wrong with it as one. Raises Fault."""
    root = document.root
    if isinstance(root, MappingNode) and not document.diagnostics and not _FOREIGN & root.fields.keys():
        return
    from shapecalc.document.other_files import finding, kind_of, kind_of_mapping

    kind = kind_of_mapping(root)
    if kind is None and (document.diagnostics or not isinstance(root, MappingNode)):
        kind = kind_of(data if isinstance(data, bytes) else data.encode("utf-8", "replace"))
    if kind is not None:
        raise Fault(finding(kind, document.file))


def _answer_call(text: str) -> Answer | None:
    """What the language has for a call in Python: loaded only where one was met."""
    from shapecalc.model.mistakes.meant import answer_call

    return answer_call(text)


def _stem(file: str) -> str:
    return "model" if file == STDIN else os.path.splitext(os.path.basename(file))[0]
