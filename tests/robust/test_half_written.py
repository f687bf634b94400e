"""A command that is killed while it writes leaves each file as it was, or as it is to be."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from shapecalc.formats import files as writing

MISSPELT = "input: [5, 1]\nlayers:\n  - LSTM: {unit: 5}\nexpect: {params: 1}\n"
MENDED = MISSPELT.replace("unit:", "units:")
UPDATED = MENDED.replace("params: 1}", "params: 140}")
ANNOTATED = UPDATED.replace("{units: 5}", "{units: 5}  # (None, 5)  140 params")
NAMES = ("a.yaml", "b.yaml")


def run(words: list[str], lines: int) -> bool:
    """Whether a command ends by itself before that many lines of the module that writes files were run."""
    child = os.fork()
    if child:
        return not os.WIFSIGNALED(os.waitpid(child, 0)[1])
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    left = lines

    def count(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename != writing.__file__:
            return None
        left -= event == "line"
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return count

    from shapecalc.cli.main import main

    sys.settrace(count)
    main(words)
    os._exit(0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
@pytest.mark.parametrize(
    ("words", "old", "new"),
    [
        (["check", "--fix"], MISSPELT, MENDED),
        (["check", "--update-expect"], MENDED, UPDATED),
        (["annotate", "--write"], UPDATED, ANNOTATED),
    ],
    ids=["fix", "update-expect", "annotate"],
)
def test_each_file_is_the_old_or_the_new_one(
    words: list[str], old: str, new: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written = set()
    for lines in range(0, 200, 3):
        for name in NAMES:
            Path(name).write_text(old)
        is_whole = run([words[0], *NAMES, *words[1:]], lines)
        texts = [Path(name).read_text() for name in NAMES]
        assert set(texts) <= {old, new}
        assert sum(not path.name.startswith(".") for path in tmp_path.iterdir()) == len(NAMES)
        written.add(texts.count(new))
        if is_whole:
            break
    assert written == {0, 1, 2}
