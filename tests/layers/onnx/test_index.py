"""The operators of ONNX by name: each has a page, and the standard's own tests name none that is not known."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import pytest

from shapecalc.formats.onnx.sequences import OPERATORS as SEQUENCE_OPERATORS
from shapecalc.layers import onnx
from shapecalc.layers.onnx import index
from tests.cli.conftest import Command, shapecalc
from tests.formats.onnx.nodes import list_tests

__all__ = ["shapecalc"]

NAMES = sorted(index.NAMES)

UNKNOWN = {"SequenceMap"}
"""Operators of the standard that are refused by name: they compute with sequences."""


def test_the_index_has_every_operator_of_every_module() -> None:
    modules = {made.name: import_module(f"shapecalc.layers.onnx.{made.name}") for made in iter_modules(onnx.__path__)}
    held = {name: module for module, content in modules.items() for name in getattr(content, "TYPES", ())}
    assert held == index.NAMES


@pytest.mark.parametrize("name", NAMES)
def test_an_operator_has_a_page(shapecalc: Command, name: str) -> None:
    result = shapecalc("layers", name)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"{name} (onnx)\n")


def test_the_tests_of_the_standard_name_no_other_operators() -> None:
    tested = {test.operator.removeprefix("ai.onnx.preview.") for test in list_tests()} - {"several", "expanded"}
    standard = {name for name in tested if not name.startswith("ai.onnx.ml.")}
    known = {name.removeprefix("onnx.") for name in NAMES} | {*SEQUENCE_OPERATORS, "Constant"}
    assert standard - known == UNKNOWN


def test_constants_that_are_needed_may_be_fed_or_given(shapecalc: Command) -> None:
    page = shapecalc("layers", "onnx.Reshape").out
    assert "Takes: data (fed or given), shape (fed or given)\n" in page
    assert "Takes: M (optional), cond (optional), values (any number)\n" in shapecalc("layers", "onnx.Loop").out
