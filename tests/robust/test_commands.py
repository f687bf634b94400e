"""Whatever a spec says, each command answers: with what was asked for or with findings, never a fault of its own."""

from __future__ import annotations

import gc
import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.cli.main import main
from tests.robust.mutations import mutated

COMMANDS = [
    "summary",
    "summary --unfold --depth 9",
    "summary --output-format json",
    "summary --output-format csv",
    "summary --output-format markdown --columns macs,flops,weights,activations,memory,mask --training adam --kv-cache",
    "explain",
    "explain --convention torch",
    "check",
    "check --update-expect",
    "check --update-expect --add params,output,layers",
    "check --update-expect --add outputs,macs,weights,peak_activation --dry-run",
    "annotate",
    "annotate --write",
    "annotate --remove",
    "check --run --strict --max-memory 200MB",
    "run --input random --max-memory 200MB --batch 2",
    "run --input ones --output-format json --max-memory 200MB",
    "convert --to dot --depth 3",
    "convert --to mermaid",
    "convert --to svg --depth 9",
    "convert --to keras-json",
    "convert --to keras-python",
    "convert --to yaml",
    "solve --for units --max-params 1M",
    "sweep --set units=1..9",
]


def answers(folder: Path, text: str, command: str) -> None:
    path = folder / "model.yaml"
    path.write_text(text, "utf-8")
    name, *options = command.split()
    out, err = io.StringIO(), io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = main([name, str(path), *options])
    finally:
        gc.enable()
        gc.unfreeze()
    said = err.getvalue()
    assert code in (0, 1, 2)
    assert "internal error" not in said
    assert "Traceback" not in said
    assert out.getvalue() or said


@settings(max_examples=100)
@given(mutated(), st.sampled_from(COMMANDS))
def test_a_command_answers(tmp_path_factory: pytest.TempPathFactory, text: str, command: str) -> None:
    answers(tmp_path_factory.getbasetemp(), text, command)


@pytest.mark.long
@settings(max_examples=10_000)
@given(mutated(), st.sampled_from(COMMANDS))
def test_commands_answer(tmp_path_factory: pytest.TempPathFactory, text: str, command: str) -> None:
    answers(tmp_path_factory.getbasetemp(), text, command)
