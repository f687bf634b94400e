"""Names and texts of strangers go through every command and format, and come out as text and as nothing else.

A log's reader is given no command, a terminal is not steered, a spreadsheet gets no formula, a page no markup.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapecalc.formats.arrays import save_npz
from tests.cli.conftest import Command, Result
from tests.cli.conftest import shapecalc as shapecalc

HOSTILE = {
    "a workflow command": "::stop-commands::evil",
    "a workflow command behind spaces": "  ::warning::evil",
    "an old workflow command": "x##[add-mask]evil",
    "a line of its own": "x\n::error::evil\n##[group]evil",
    "an escape": "\x1b[31mevil\x1b]0;evil\x07",
    "a control character of eight bits": "\x9b31mevil",
    "text that runs backwards": "evil\u202egnp.exe\u2066\u200f\u061c",
    "a formula": "=cmd|' /C evil'!A0",
    "a formula behind a tab": "\t@SUM(evil)",
    "a wide formula": "\uff1dcmd|evil",
    "a mention": "@evil and x @evil",
    "markup": "<img src=evil onerror=alert(1)></svg><script>evil</script>",
    "a link": "[evil](https://evil.example) www.evil.example #123",
    "an end of quotes": '"]; evil [label="x\'`',
    "fences": "```\nevil",
    "a directive": '%%{init: {"evil": 1}}%%',
    "table cells": "| evil | --- |",
    "an end of CDATA": "]]><evil/>",
}

SOUND = """\
name: {text}
description: {text}
args: {{word: {text}, units: 3}}
inputs: {{x: [4], y: {{shape: [], dtype: string}}}}
blocks:
  Part: {{name: {text}, description: {text}, layers: [{{Dense: {{units: 3}}}}]}}
layers:
  - Part:
    from: x
    name: part
  - StringLookup: {{vocabulary: [{text}, a], name: look}}
    from: y
  - Dense: {{units: 2, name: last}}
    from: part
outputs: [last, look]
"""

FAULTY = [
    "input: [4]\nlayers:\n  - Dense: {{units: 3, name: {text}}}\n",
    "input: [4]\nlayers:\n  - {text}: {{units: 3}}\n",
    "input: [4]\nlayers:\n  - Dense: {{units: {text}}}\n",
    "input: [4]\nlayers:\n  - Dense: {{units: 3, activation: {text}}}\n",
    "input: [4]\nlayers:\n  - Dense: {{units: 3, {text}: 3}}\n",
    "input: [4]\nlayers:\n  - Dense: {{units: 3}}\n    from: {text}\n",
    "inputs: {{{text}: [4]}}\nlayers: [Flatten]\n",
    "input: [4]\nblocks: {{{text}: {{layers: [Flatten]}}}}\nlayers: [{text}]\n",
    "input: [4]\nblocks: {{A: {{file: {text}}}}}\nlayers: [A]\n",
    "input: [4]\nargs: {{{text}: 1}}\nlayers: [Flatten]\n",
    "input: [4]\nlayers: [Flatten]\noutputs: {{{text}: flatten}}\n",
    "input: [4]\nlayers: [Flatten]\nexpect: {{params: {text}, layers: {{{text}: {{params: 3}}}}}}\n",
    "name: {text}\ninput: [4]\nlayers: [Flatten]\nexpect: {{params: 3}}\n",
    "input: [4]\n{text}: 1\nlayers: [Flatten]\n",
    "input: {text}\nlayers: [Flatten]\n",
    "{text}",
]

ON_A_SOUND_SPEC = [
    *(f"summary --output-format {style}" for style in ("full", "concise", "json", "markdown", "csv")),
    "summary --columns trainable,macs,flops,weights,bytes,activations,memory,mask,dtype,formula,line --depth 3",
    *(f"summary --set units=2,3 --output-format {style}" for style in ("full", "concise", "json", "markdown", "csv")),
    *(f"check --output-format {style}" for style in ("full", "concise", "json", "markdown", "csv")),
    *(
        f"check --run --strict --output-format {style}"
        for style in ("github", "gitlab", "sarif", "junit", "json-lines")
    ),
    *(f"explain --output-format {style}" for style in ("full", "json", "markdown")),
    *(f"explain --convention torch --output-format {style}" for style in ("full", "json", "markdown")),
    *(f"run --output-format {style}" for style in ("full", "json", "markdown", "csv")),
    *(f"convert --to {target} --depth 2" for target in ("dot", "mermaid", "svg", "yaml", "keras-json", "keras-python")),
    "solve --for units --max-params 1K",
    "sweep --set units=1..3",
]
ON_A_FAULTY_SPEC = [
    "summary --output-format concise",
    "summary --output-format csv",
    *(
        f"check --output-format {style}"
        for style in (
            "full",
            "concise",
            "json",
            "json-lines",
            "markdown",
            "csv",
            "github",
            "gitlab",
            "sarif",
            "junit",
        )
    ),
]


def require_harmless(words: list[str], result: Result) -> None:
    style = words[words.index("--output-format") + 1] if "--output-format" in words else ""
    if "--to" in words:
        style = words[words.index("--to") + 1]
    for text in (result.out, result.err):
        assert all(line.isprintable() for line in text.split("\n")), text
        assert "##[" not in text
        commands = [line for line in text.split("\n") if line.lstrip().startswith("::")]
        assert style == "github" or not commands, commands
        assert all(re.match(r"::(error|warning|notice) (file=[^:,]*,)?(line=|title=)", line) for line in commands)
    assert "internal error" not in result.err + result.out
    check = CHECKS.get("sweep" if words[0] == "sweep" else style)
    if check is not None and result.out:
        check(result.out)


def no_formula(text: str) -> None:
    for row in csv.reader(io.StringIO(text)):
        for cell in row:
            if re.fullmatch(r"-?[0-9.]+", cell) is None:
                assert not cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d")), cell


def no_markup(text: str) -> None:
    text = re.sub(r"(?m)^```\n(?s:.*?)\n```$|(?<!\\)`[^`\n]*`", "", text)  # what is code is shown as it is
    visible = re.sub(r"\\[^\w\s]|<br>|<!-- -->", "", text)
    assert not re.search(r"<\w|</|!\[|\]\(", visible), visible
    assert not re.search(r"(?<!\w)@\w|://evil|www\.|#\d", text.replace("\\", "")), text


def no_element(text: str) -> None:
    found = {element.tag.rpartition("}")[2] for element in ET.fromstring(text).iter()}
    assert not found & {"script", "img", "evil"}


def no_statement(text: str) -> None:
    assert "evil" not in re.sub(r'"(?:[^"\\]|\\.)*"', "", text)


def no_directive(text: str) -> None:
    no_statement(text)
    assert "%%" not in text


def no_code(text: str) -> None:
    """Whether code defines functions and classes, and does nothing else but import Keras."""
    expected = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.If)
    assert all(isinstance(statement, expected) for statement in ast.parse(text).body)


CHECKS: dict[str, Callable[[str], object]] = {
    "csv": no_formula,
    "sweep": no_formula,
    "markdown": no_markup,
    "junit": no_element,
    "svg": no_element,
    "dot": no_statement,
    "mermaid": no_directive,
    "json": json.loads,
    "sarif": json.loads,
    "gitlab": json.loads,
    "json-lines": lambda text: list(map(json.loads, text.splitlines())),
    "keras-json": json.loads,
    "keras-python": no_code,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_of_a_sound_spec(shapecalc: Command, name: str) -> None:
    Path("model.yaml").write_text(SOUND.format(text=json.dumps(HOSTILE[name])), "utf-8")
    for line in ON_A_SOUND_SPEC:
        command, *options = line.split()
        result = shapecalc(command, "model.yaml", *options)
        assert result.out or result.err
        require_harmless(line.split(), result)


@pytest.mark.parametrize("name", HOSTILE)
def test_of_messages(shapecalc: Command, name: str) -> None:
    for at, template in enumerate(FAULTY):
        text = template.format(text=json.dumps(HOSTILE[name]))
        Path("model.yaml").write_text(text, "utf-8")
        style = ON_A_FAULTY_SPEC[at % len(ON_A_FAULTY_SPEC)]
        for line in {"check --output-format github", "check --output-format csv", style}:
            command, *options = line.split()
            require_harmless(line.split(), shapecalc(command, "model.yaml", *options))


@pytest.mark.parametrize("name", HOSTILE)
def test_of_file_names_and_options(shapecalc: Command, name: str) -> None:
    file = HOSTILE[name].replace("/", "_") + ".yaml"
    Path(file).write_text("input: [4]\nlayers:\n  - Dense: {units: 3}\nexpect: {params: 1}\n", "utf-8")
    for line in (*ON_A_SOUND_SPEC, *ON_A_FAULTY_SPEC):
        command, *options = line.split()
        require_harmless(line.split(), shapecalc(command, file, *options))
    Path("sound.yaml").write_text("args: {units: 3}\ninput: [4]\nlayers:\n  - Dense: {units: $units}\n", "utf-8")
    for options in (
        ["explain", "sound.yaml", file],
        ["run", "sound.yaml", "--input", HOSTILE[name]],
        ["run", "sound.yaml", "--input", json.dumps([HOSTILE[name]])],
        ["run", "sound.yaml", "--weights", file],
        ["summary", "sound.yaml", "--set", f"units={HOSTILE[name]}"],
        ["summary", "sound.yaml", "--set", f"{HOSTILE[name]}=1"],
        ["summary", "sound.yaml", "--columns", HOSTILE[name]],
        ["summary", f"missing{file}"],
        ["diff", file, "sound.yaml", "--output-format", "markdown"],
        ["diff", file, "sound.yaml", "--output-format", "html"],
        ["diff", file, "sound.yaml"],
        ["diff", f"HEAD:{file}", "sound.yaml"],
        ["sweep", "sound.yaml", "--set", f"units=1,{HOSTILE[name]}"],
        ["layers", HOSTILE[name]],
        [HOSTILE[name]],
    ):
        require_harmless(options, shapecalc(*options))


@pytest.mark.parametrize("name", HOSTILE)
def test_of_github_actions(shapecalc: Command, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    file = HOSTILE[name].replace("/", "_") + ".yaml"
    Path(file).write_text(FAULTY[0].format(text=json.dumps(HOSTILE[name])), "utf-8")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    result = shapecalc("check", file)
    require_harmless(["check", "--output-format", "github"], result)
    require_harmless(["--output-format", "markdown"], Result(0, Path("summary.md").read_text("utf-8"), ""))


@pytest.mark.parametrize("name", HOSTILE)
def test_of_models_from_keras(shapecalc: Command, name: str) -> None:
    text = HOSTILE[name]
    dense: dict[str, Any] = {"module": "keras.layers", "class_name": "Dense", "registered_name": None}
    for config in ({"name": text, "units": 2}, {"name": "a", "units": 2, "activation": text}, {"name": "a", text: 2}):
        entries: list[dict[str, Any]] = [
            {"module": "keras.layers", "class_name": "InputLayer", "config": {"name": "x", "batch_shape": [None, 4]}},
            {**dense, "config": config},
        ]
        model = {"module": "keras", "class_name": "Sequential", "config": {"name": text, "layers": entries}}
        Path("model.json").write_text(json.dumps(model), "utf-8")
        for target in ("yaml", "keras-json", "keras-python", "dot", "mermaid", "svg"):
            options = ["convert", "model.json", "--to", target]
            require_harmless(options, shapecalc(*options))
    words = [
        entries[0] | {"config": {"name": "x", "batch_shape": [None, 1], "dtype": "string"}},
        dense | {"class_name": "StringLookup", "config": {"name": "look", "vocabulary": [text, "a"]}},
    ]
    model = {"module": "keras", "class_name": "Sequential", "config": {"name": text, "layers": words}}
    Path("model.json").write_text(json.dumps(model), "utf-8")
    result = shapecalc("convert", "model.json", "--to", "yaml")
    require_harmless(["convert", "--to", "yaml"], result)
    assert result.code == 0
    again = shapecalc("check", "-", stdin=result.out)
    assert again.code == 0, again
    require_harmless(["check"], again)


@pytest.mark.parametrize("name", HOSTILE)
def test_of_arrays(shapecalc: Command, name: str) -> None:
    Path("model.yaml").write_text("input: {shape: [2], dtype: string}\nlayers: [Flatten]\n", "utf-8")
    save_npz("x.npz", {HOSTILE[name].replace("/", "_"): np.array([[HOSTILE[name], "a"]])})
    for style in ("full", "json", "markdown", "csv"):
        options = ["run", "model.yaml", "--input", "x.npz", "--output-format", style]
        require_harmless(options, shapecalc(*options))
    require_harmless(["run"], shapecalc("run", "model.yaml", "--weights", "x.npz", "--input", "random"))
