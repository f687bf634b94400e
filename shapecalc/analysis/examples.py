"""The worked example of a layer type: the spec of its own in `specs/layers`, which comes with the package as data."""

from __future__ import annotations

import os

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.report import Report
from shapecalc.diagnostics import Diagnostic, error
from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, unknown
from shapecalc.document.files import Reader
from shapecalc.document.shipped import find_folder
from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import CATALOGUE
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Tensor
from shapecalc.model.load import Library


class Example:
    """The text of a model spec that uses one layer type, and its report."""

    __slots__ = ("report", "text")

    def __init__(self, text: str, report: Report) -> None:
        self.text = text
        self.report = report


def find_example(type_name: str) -> Example | None:
    """The model that shows a layer type of the catalogue; None where there is none to show."""
    path = _find_path(type_name)
    if type_name not in CATALOGUE or path is None:
        return None
    text = Reader().read(path).decode("utf-8")
    return Example(text, analyse(Library().parse(text, path)))


def find_refusal(layer_type: type[Layer]) -> Diagnostic | None:
    """The refusal of a type without an example, which no spec may use."""
    try:
        infer(layer_type(), tuple(Tensor(Shape((unknown(), 1))) for _ in layer_type.ports))
    except ShapeError as refusal:
        return error(refusal.code, refusal.message, subject=layer_type.type_name, help=refusal.help)
    return None


def _find_path(type_name: str) -> str | None:
    path = os.path.join(find_folder("examples") or "", f"{type_name}.yaml")
    return path if os.path.isfile(path) else None
