"""Every spec of `specs/`, with values for the sizes that an expression in it needs, small ones where it is large."""

from __future__ import annotations

from pathlib import Path

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.report import Report
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

NAMES: list[str] = [
    f"{path.parent.name}/{path.stem}"
    for folder in ("layers", "models", "tutorial")
    for path in sorted((_ROOT / "specs" / folder).glob("*.yaml"))
]


def report_of_spec(name: str) -> Report:
    """The report of `layers/LSTM`."""
    spec = Library().open(str(_ROOT / "specs" / f"{name}.yaml"))
    report = analyse(spec, Settings(dict(SETTINGS.get(name, {}))))
    assert report.ok, report.diagnostics
    return report
