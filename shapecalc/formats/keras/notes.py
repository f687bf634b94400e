"""What is said of a Keras file that was read otherwise than it was written: findings of severity note."""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics import Diagnostic, note, shorten
from shapecalc.formats.flat_model import FlatModel, list_constants
from shapecalc.formats.keras.entries import class_of

_SHOWN = 5


def note_model(model: FlatModel) -> list[Diagnostic]:
    """What is said of a model and its blocks."""
    findings = [finding for part in (model, *model.blocks.values()) for finding in part.notes]
    return [*findings, *_note_names(model), *_note_constants(model)]


def note_subclass(data: dict[str, Any], subject: str) -> Diagnostic:
    """What is said of a model of somebody's class."""
    message = f"{class_of(data)} is read as the model of layers that it was made of"
    help = "what its class does besides, such as a `train_step` or a `call`, is code and is not in the file"
    return note("SC616", message, subject=subject, help=help)


def _note_names(model: FlatModel) -> list[Diagnostic]:
    """Says which layers have other names in a spec than in the file."""
    renamed = {(old, new) for part in (model, *model.blocks.values()) for new, old in part.old_names.items()}
    if not renamed:
        return []
    shown = _list_some([f"{shorten(old)!r} is `{new}`" for old, new in sorted(renamed)])
    help = "`convert FILE --to yaml --names NAMES.json` writes the paths of all layers by their old names"
    return [note("SC616", f"names that a spec cannot have: {shown}", subject=model.name, help=help)]


def _note_constants(model: FlatModel) -> list[Diagnostic]:
    """Says which weights are none in Keras, which does not count them."""
    constants = list_constants(model)
    if not constants:
        return []
    shown = _list_some([f"`{path}` ({array.size:,} numbers)" for path, array in constants.items()])
    message = f"arrays that calls are given are weights in a spec, which Keras does not count: {shown}"
    help = "`convert FILE --to yaml --weights-out FILE.npz` writes those whose numbers are too many for a spec"
    return [note("SC616", message, subject=model.name, help=help)]


def _list_some(items: list[str]) -> str:
    more = f", and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    return ", ".join(items[:_SHOWN]) + more
