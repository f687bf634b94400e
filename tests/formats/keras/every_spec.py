"""Every spec of `specs/`, with values for the sizes that an expression in it needs, small ones where it is large."""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.report import Report
from shapecalc.formats.keras.writing.json import keras_json
from shapecalc.formats.keras.writing.outgoing import prepare
from shapecalc.formats.keras.writing.python import keras_python
from shapecalc.model.load import Library

_ROOT = Path(__file__).parents[3]
FOLDER = Path(__file__).parent

_LLAMA: dict[str, object] = {"T": 8, "vocabulary": 50, "features": 32, "hidden": 48, "depth": 2, "heads": 4}
SETTINGS: dict[str, dict[str, object]] = {
    "layers/ops.arange": {"T": 8},
    "models/bert_base": {"T": 8, "vocabulary": 50, "depth": 2},
    "models/convlstm_video": {"H": 8, "W": 8},
    "models/gpt2_small": {"T": 8, "vocabulary": 50, "depth": 2},
    "models/llama_2_7b": _LLAMA,
    "models/llama_3_8b": {**_LLAMA, "groups": 2},
    "models/mixtral_8x7b": {**_LLAMA, "groups": 2},
    "models/t5_small": {"S": 6, "T": 8, "vocabulary": 50, "depth": 2},
    "models/whisper_tiny": {"T": 8, "vocabulary": 50, "depth": 2, "frames": 40},
    "tutorial/dense_on_named_sizes": {"p": 8},
    "models/vgg16": {"size": 64},
    "models/alexnet": {"classes": 10},
}
"""Values of arguments and sizes, as `--set` gives them."""

UNBUILT = {"layers/STFTSpectrogram": "Keras wants scipy for its window"}
"""Specs that Keras does not build where they are recorded, and why."""

REFUSED = {
    "constructs/frozen": "Keras trains the layers within ConvLSTM1D whatever `trainable` it is made with",
    "constructs/reuse": "`layer` of TimeDistributed is a layer used elsewhere, and that cannot stand in another",
}
"""Specs that Keras's JSON has no words for, and what is said of them; code has."""


def _list_names(folder: Path) -> list[str]:
    return [f"{folder.name}/{path.stem}" for path in sorted(folder.glob("*.yaml"))]


SPECS = [name for folder in ("layers", "models", "tutorial") for name in _list_names(_ROOT / "specs" / folder)]
"""The specs of `specs/`."""
CONSTRUCTS = _list_names(FOLDER / "constructs")
"""Specs that each put many constructs of the language together."""
NAMES = [name for name in (*SPECS, *CONSTRUCTS) if name not in UNBUILT]


@cache
def report_of_spec(name: str) -> Report:
    """The report of `layers/LSTM`."""
    folder = FOLDER if name in CONSTRUCTS else _ROOT / "specs"
    spec = Library().open(str(folder / f"{name}.yaml"))
    report = analyse(spec, Settings(dict(SETTINGS.get(name, {}))))
    assert report.ok, report.diagnostics
    return report


@cache
def texts_of(name: str) -> dict[str, str]:
    """A spec as Keras's JSON, where it has words for it, and as code."""
    report = report_of_spec(name)
    code = {"python": keras_python(report)}
    return code if name in REFUSED else {"json": keras_json(prepare(report)[0]), **code}


def digest(text: str) -> str:
    """A sign for what a text says, which no description changes."""
    lines = text.splitlines()
    for node in [] if text.startswith("{") else ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None:
            first = node.body[0]
            lines[first.lineno - 1 : first.end_lineno] = [""] * len(lines[first.lineno - 1 : first.end_lineno])
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
