"""What `diff` prints of telling cases, as text and as Markdown.

`python -m tests.render.diffs.snapshots` writes the files anew.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from pathlib import Path

from shapecalc.cli.main import main
from shapecalc.formats.spec_pieces import inline_blocks

HERE = Path(__file__).parent
MODELS = HERE.parents[3] / "specs" / "models"
STYLES = {"txt": "full", "md": "markdown"}

_PLAIN = """\
input: [28, 28, 1]
layers:
  - Conv2D: {filters: 8, kernel_size: 3}
  - Flatten
  - Dense: {units: 32, activation: relu}
  - Dense: {units: 10, name: head}
"""
_EDITED = """\
input: [28, 28, 1]
layers:
  - Conv2D: {filters: 8, kernel_size: 3}
  - MaxPooling2D: {pool_size: 2}
  - Flatten
  - Dense: {units: 32, activation: gelu}
  - Dropout: {rate: 0.5}
  - Dense: {units: 10, name: logits}
"""
_STAGES = """\
input: [32, 32, 3]
blocks:
  Stage:
    args: {filters: required}
    layers:
      - Conv2D: {filters: $filters, kernel_size: 3, padding: same}
      - ReLU
layers:
  - Stage: {filters: $f, name: stage}
    repeat: {f: [16, 32, 64]}
  - GlobalAveragePooling2D
"""
FILES = {
    "plain.yaml": _PLAIN,
    "edited.yaml": _EDITED,
    "stages.yaml": _STAGES,
    "wide.yaml": _STAGES.replace("filters: $f,", "filters: 2 * $f,").replace("name: stage", "name: level"),
    "old/plain.yaml": _PLAIN,
    "old/same.yaml": _STAGES,
    "old/gone.yaml": "input: [7]\nlayers: [{Dense: {units: 3}}]\n",
    "old/was.yaml": _STAGES + "  - Dense: {units: 4}\n",
    "new/plain.yaml": _EDITED,
    "new/same.yaml": _STAGES,
    "new/come.yaml": "input: [5, 2]\nlayers: [{LSTM: {units: 3}}]\n",
    "new/is.yaml": _STAGES + "  - Dense: {units: 5}\n",
}
CASES = {
    "depth": ("gpt2_small.yaml", "--set", "depth=12,24"),
    "heads": ("gpt2_small.yaml", "--set", "heads=12,8", "--set", "T=128"),
    "edit": ("plain.yaml", "edited.yaml"),
    "rounds": ("stages.yaml", "wide.yaml"),
    "folders": ("old", "new"),
}


def write_files(folder: Path) -> None:
    """Writes what the cases read."""
    gpt2 = inline_blocks((MODELS / "gpt2_small.yaml").read_text("utf-8"), str(MODELS))
    for name, text in (FILES | {"gpt2_small.yaml": gpt2}).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")


def write_snapshots() -> None:
    """Writes all snapshots, run in a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        write_files(Path(folder))
        os.chdir(folder)
        for name, words in CASES.items():
            for suffix, style in STYLES.items():
                printed = io.StringIO()
                with contextlib.redirect_stdout(printed):
                    main(["diff", *words, "--output-format", style])
                (HERE / f"{name}.{suffix}").write_text(printed.getvalue(), "utf-8")
        os.chdir(HERE)
