"""The layer types that have no form in ONNX, each with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.formats.onnx.writing.base import NoForm

if TYPE_CHECKING:
    from shapecalc.layers.base import Layer

_HASHED = "no operator computes its hash"

NO_FORM: dict[str, str] = {
    "HashedCrossing": _HASHED,
    "Hashing": _HASHED,
    "InputLayer": "an input of the model is one of the file",
    "Lambda": "it is code",
    "TextVectorization": "no operator cuts text into tokens as it does",
}
"""By type, why no operators of ONNX say it."""

_HELP = "begin the model behind it: `inputs` takes what it gives, which is computed before"


def explain(layer: Layer) -> NoForm:
    """Why a layer cannot be written."""
    reason = NO_FORM.get(type(layer).type_name, "no operator says what it does")
    return NoForm(f"{layer.type_name} has no form in ONNX: {reason}", _HELP)
