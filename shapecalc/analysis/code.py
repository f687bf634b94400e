"""The layers of a model that hold code: named all at once, since all of them have to be replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from shapecalc.analysis.report import Report, Row
from shapecalc.diagnostics import Diagnostic, Fault, Span, error, note, shorten
from shapecalc.layers.opaque import Opaque

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SHOWN = 8
"""How many layers a message names."""


class CodeLayer(NamedTuple):
    """A layer that holds code: its path, and the class or the functions whose code it is.

    `is_opaque` says that it is all code; else it has a type, and code in some of its arguments. `is_run` says that a
    forward pass would run code of it: what acts in training only is not.
    """

    path: str
    code: str
    is_opaque: bool
    is_run: bool
    row: Row


def list_code_layers(report: Report) -> list[CodeLayer]:
    """The layers that hold code, those in blocks too; each once, however often it is called."""
    return [] if report.spec.code is None else list(_walk_rows(report.rows, report))


def _walk_rows(rows: Iterable[Row], report: Report) -> Iterator[CodeLayer]:
    held = report.spec.code
    for row in rows:
        layer, spec = row.node.layer, row.walk.graph.spec
        path = row.path + row.name
        if row.reused or layer is None or held is None:
            continue
        if isinstance(layer, Opaque) and layer.is_code:
            yield CodeLayer(path, layer.owner, True, True, row)
        elif row.inferred.inner and (inner := row.rows):
            yield from _walk_rows(inner, report)
        else:
            block = "" if spec is report.spec else spec.name
            arguments = held.arguments.get((block, row.node.index), {})
            if arguments:
                words = ", ".join(f"{name} {code}" for name, code in arguments.items())
                yield CodeLayer(path, words, False, not all(map(_acts_in_training, arguments)), row)


def _acts_in_training(argument: str) -> bool:
    return argument.endswith(("_regularizer", "_constraint"))


def refuse_code(report: Report) -> None:
    """Raises Fault with SC615 where a model holds code: nothing of it is ever run."""
    layers = [layer for layer in list_code_layers(report) if layer.is_run]
    if layers:
        message = f"{_list_names(layers)} {_hold(layers)} code, which is never run"
        help = "replace it, in Keras, by layers and functions of Keras; `summary` and `check` need no code"
        raise Fault(error("SC615", message, _file_of(report), subject=report.name, help=help))


def note_code(report: Report) -> list[Diagnostic]:
    """A note on what the numbers of a model rest on where it holds code."""
    layers = list_code_layers(report)
    opaque = [layer for layer in layers if layer.is_opaque]
    others = [layer for layer in layers if not layer.is_opaque]
    notes = []
    if opaque:
        whose = "its" if len(opaque) == 1 else "their"
        known = f"{whose} shapes are those that the file recorded"
        message = f"{_list_names(opaque)} {_hold(opaque)} code: {known}; {_list_unknown(opaque)}"
        advice = report.spec.code.advice if report.spec.code is not None else None
        notes.append(note("SC615", message, _file_of(report), subject=report.name, help=advice))
    below = list(_list_below(report.rows))
    if below:
        message = (
            f"{_join(below)} {'stands' if len(below) == 1 else 'stand'} below code whose output is not recorded: "
            f"nothing is known of {'its' if len(below) == 1 else 'their'} shapes"
        )
        notes.append(note("SC615", message, _file_of(report), subject=report.name))
    if others:
        message = f"{_list_names(others)} {_hold(others)} code, on which no shape and no count depends"
        notes.append(note("SC615", message, _file_of(report), subject=report.name))
    return notes


def _file_of(report: Report) -> Span:
    """The model's file as a whole: the layers stand in many places."""
    return Span(report.file, 0, 0, 0)


def _list_unknown(layers: list[CodeLayer]) -> str:
    """What is not known of layers that are all code."""
    held = [layer.row.node.layer.held for layer in layers if isinstance(layer.row.node.layer, Opaque)]
    unsized = sum(weights is None for weights in held)
    words = "MACs are unknown"
    if unsized:
        words = "parameters and MACs are unknown" if unsized == len(held) else f"{words}, and parameters of {unsized}"
    if any(layer.row.inferred.trainable_params != 0 for layer, weights in zip(layers, held, strict=True) if weights):
        words += ", and which of the weights in the file are trained"
    return words


def _hold(layers: list[CodeLayer]) -> str:
    return "holds" if len(layers) == 1 else "hold"


def _list_below(rows: Iterable[Row]) -> Iterator[str]:
    """The layers of which nothing is inferred, since they are fed what is not recorded."""
    for row in rows:
        layer = row.node.layer
        if isinstance(layer, Opaque) and not layer.is_code and not row.reused:
            yield f"`{shorten(row.path + row.name)}` ({shorten(layer.type_name)})"
        elif row.inferred.inner and not row.reused:
            yield from _list_below(row.rows)


def _list_names(layers: list[CodeLayer]) -> str:
    """``attend` (mine>Attend) and `last` (Last)`."""
    return _join([f"`{shorten(layer.path)}` ({shorten(layer.code)})" for layer in layers])


def _join(names: list[str]) -> str:
    """The first of the names, and how many more there are."""
    if len(names) > _SHOWN:
        names = [*names[:_SHOWN], f"{len(names) - _SHOWN} more"]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
