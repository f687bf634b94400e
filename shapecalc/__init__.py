"""Shapes, parameters, costs and a NumPy forward pass of a neural network, from a YAML model spec.

`load` reads a model; what it gives is imported when it is asked for, so that `import shapecalc` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shapecalc.face.errors import ModelError as ModelError
    from shapecalc.face.formula import Formula as Formula
    from shapecalc.face.model import Model as Model
    from shapecalc.face.model import load as load

__all__ = ["Formula", "Model", "ModelError", "__version__", "load"]
__version__ = "0.1.0"

_HOMES = {"load": "model", "Model": "model", "Formula": "formula", "ModelError": "errors"}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"shapecalc.face.{home}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
