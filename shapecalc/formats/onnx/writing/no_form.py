"""The layer types that have no form in ONNX, each with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.formats.onnx.writing.base import NoForm

if TYPE_CHECKING:
    from shapecalc.layers.base import Layer

NO_FORM: dict[str, str] = {}
"""By type, why no operators of ONNX say it."""

_HELP = "end the model in front of it, and begin another behind it: `outputs` names what leaves, `inputs` what comes in"


def explain(layer: Layer) -> NoForm:
    """Why a layer cannot be written."""
    reason = NO_FORM.get(layer.type_name, "no operator of ONNX says it")
    return NoForm(f"{layer.type_name} has no form in ONNX: {reason}", _HELP)
