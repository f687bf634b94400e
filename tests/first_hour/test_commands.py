"""Command lines of new users, and files that are no specs: what is said of them.

`commands.txt` holds them as a session at a terminal: `$ ` before each, below it what is printed and the exit code.
"""

from __future__ import annotations

import gc
import gzip
import io
import json
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from shapecalc.cli.main import main

SESSION = Path(__file__).parent / "commands.txt"
COMMANDS = re.split(r"^\$ shapecalc ?", SESSION.read_text("utf-8"), flags=re.MULTILINE)[1:]
MODEL = "input: [5, 1]\nlayers:\n  - LSTM: {units: 5}\n"


LAYERS = [{"module": "keras.layers", "class_name": "Dense", "config": {"name": "dense", "units": 2}}]
KERAS = {"name": "m", "build_input_shape": [None, 4], "layers": LAYERS}
KERAS_JSON = json.dumps({"module": "keras", "class_name": "Sequential", "config": KERAS})


def archive(*names: str, config: str = "") -> bytes:
    """A ZIP archive of empty files, and of a model's config."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as opened:
        for name in names:
            opened.writestr(name, b"")
        if config:
            opened.writestr("config.json", config)
    return data.getvalue()


FILES: dict[str, Callable[[], bytes]] = {
    "model.yaml": MODEL.encode,
    "specs/model.yaml": MODEL.encode,
    "model.keras": lambda: archive("metadata.json", "model.weights.h5", config=KERAS_JSON),
    "model.json": KERAS_JSON.encode,
    "config.json": lambda: json.dumps({"architectures": ["BertsModel"], "model_type": "berts"}).encode(),
    "params.json": lambda: json.dumps({"architectures": ["BertModel"], "hidden_size": 64}).encode(),
    "notebook.ipynb": lambda: json.dumps({"cells": [], "metadata": {}, "nbformat": 4}).encode(),
    "damaged.h5": lambda: b"\x89HDF\r\n\x1a\n" + bytes(100),
    "model.onnx": lambda: b"\x08\x07\x12\x07pytorch\x1a\x031.9:\x80\x01",
    "saved_model.pb": lambda: b"\x08\x01\x12\xf3\x02\x0a",
    "model.tflite": lambda: b"\x1c\x00\x00\x00TFL3" + bytes(20),
    "model.pt": lambda: archive("archive/data.pkl", "archive/version"),
    "old.pt": lambda: b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.",
    "model.safetensors": lambda: (8).to_bytes(8, "little") + b'{"a":1} ',
    "model.gguf": lambda: b"GGUF\x03\x00\x00\x00",
    "arrays.npz": lambda: archive("x.npy"),
    "x.npy": lambda: b"\x93NUMPY\x01\x00",
    "model.yaml.gz": lambda: gzip.compress(MODEL.encode()),
    "paper.pdf": lambda: b"%PDF-1.7\n%\xe2\xe3",
    "picture.png": lambda: b"\x89PNG\r\n\x1a\n" + bytes(8),
    "picture.gif": lambda: b"GIF89a",
    "picture.jpg": lambda: b"\xff\xd8\xff\xe0",
    "model.py": lambda: b"import keras\n\nmodel = keras.Sequential()\nmodel.add(keras.layers.Dense(5))\n",
    "page.html": lambda: b"<!DOCTYPE html>\n<html><body>x</body></html>\n",
    "files.zip": lambda: archive("a.txt"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a spec, and with files of other kinds."""
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content())
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return tmp_path


def run(words: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What a command prints, and its exit code."""
    code = main(words.split())
    gc.enable()
    printed = capsys.readouterr()
    return f"{printed.out}{printed.err}exit code {code}\n"


@pytest.mark.parametrize("session", COMMANDS, ids=[one.partition("\n")[0] for one in COMMANDS])
@pytest.mark.usefixtures("folder")
def test_what_is_printed(session: str, capsys: pytest.CaptureFixture[str]) -> None:
    words, _, printed = session.partition("\n")
    assert run(words, capsys) == printed.rstrip("\n") + "\n"


@pytest.mark.parametrize(
    "command", ["summary", "run", "check", "explain", "solve --for size --max-params 1M", "sweep --set T=1,2"]
)
@pytest.mark.usefixtures("folder")
def test_every_command_says_what_a_file_is(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    name, _, options = command.partition(" ")
    printed = run(f"{name} model.tflite {options}", capsys)
    assert "error[SC601] model.tflite is a TensorFlow Lite model, not a spec" in printed
    assert printed.endswith("exit code 2\n")


if os.environ.get("SHAPECALC_UPDATE") == "1":

    def test_write_anew(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        words = [one.partition("\n")[0] for one in COMMANDS]
        SESSION.write_text("\n".join(f"$ shapecalc {one}\n{run(one, capsys)}" for one in words), "utf-8")
