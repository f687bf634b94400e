"""Hostile specs meet a diagnostic, soon: never a traceback, a hang, runaway memory, or code that runs."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.analysis.analyse import analyse
from shapecalc.diagnostics.codes import CODES
from shapecalc.model.load import Library
from shapecalc.render.findings.full import full
from tests.robust.mutations import mutated
from tests.specs.analysed import codes_in, found_in, report_of, shown
from tests.work import at_most

MOST_CALLS = 10_000_000
"""Of functions: ten times what the hardest of these takes, far less than what they would take without a limit."""

DENSE = "input: [4]\nlayers:\n  - Dense: {units: %s}\n"
LETTERS = "abcdefghijklm"


def doubled(line: str, first: str, rounds: int) -> str:
    """A line for each round, with `{i}` and the round before, `{j}`."""
    return first + "".join(line.format(i=i, j=i - 1) for i in range(1, rounds))


HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "aliases that unfold": (
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in pairwise(LETTERS)),
        "SC602",
    ),
    "an alias inside what it names": ("input: [4]\nlayers: &a\n  - Dense: *a\n", "SC602"),
    "brackets": ("input: " + "[" * 50_000, "SC602"),
    "braces": ("input: " + "{a: " * 50_000, "SC602"),
    "digits": (DENSE % ("9" * 5_000), "SC602"),
    "digits in a shape": (f"input: [{'9' * 5_000}]\nlayers: [Flatten]\n", "SC602"),
    "digits within limits": (DENSE % ("9" * 900), "SC205"),
    "NUL": (b"input: [4]\nlayers: [Flatten]\n\0", "SC106"),
    "Latin-1": ("name: café\ninput: [4]\nlayers: [Flatten]\n".encode("latin-1"), "SC106"),
    "UTF-16": ("input: [4]\nlayers: [Flatten]\n".encode("utf-16"), "SC106"),
    "a tower of powers": ("args: {x: 9}\n" + DENSE % "$x**$x**$x", "SC207"),
    "a tower of numbers": ("args: {x: 1}\n" + DENSE % "$x + 9**9**9", "SC207"),
    "code": (DENSE % "\"$__import__('os').system('id')\"", "SC207"),
    "a call": ("args: {x: 1}\n" + DENSE % "eval($x)", "SC207"),
    "an attribute": ("args: {x: 1}\n" + DENSE % "$x.__class__.__mro__", "SC207"),
    "a lambda": ("args: {x: 1}\n" + DENSE % "'(lambda: $x)()'", "SC207"),
    "parentheses": ("args: {x: 1}\n" + DENSE % f'"{"(" * 50_000}$x"', "SC207"),
    "parentheses within limits": ("args: {x: 1}\n" + DENSE % f'"{"(" * 490}$x{")" * 490}"', "SC207"),
    "a long sum": ("args: {x: 1}\n" + DENSE % "+".join(["$x"] * 50_000), "SC207"),
    "a tag": ("input: !!python/object/apply:os.system [id]\nlayers: [Flatten]\n", "SC104"),
    "a billion rounds": (DENSE % "4" + "    repeat: 1000000000\n", "SC602"),
    "rounds of rounds": (
        "input: [4]\nblocks:\n  A: {layers: [{Dense: {units: 4}, repeat: 1000}]}\n"
        "  B: {layers: [{A: {}, repeat: 1000}]}\nlayers:\n  - B:\n    repeat: 1000\n",
        "SC602",
    ),
    "blocks that double": (
        doubled("  A{i}: {{layers: [A{j}, A{j}]}}\n", "input: [4]\nblocks:\n  A0: {layers: [Flatten]}\n", 60)
        + "layers: [A59]\n",
        "SC602",
    ),
    "blocks that double and differ": (
        doubled(
            "  A{i}: {{args: {{n: 1}}, layers: [{{A{j}: {{n: $n * 2}}}}, {{A{j}: {{n: $n * 2 + 1}}}}]}}\n",
            "input: [4]\nblocks:\n  A0: {args: {n: 1}, layers: [{Dense: {units: $n}}]}\n",
            40,
        )
        + "layers: [A39]\n",
        "SC602",
    ),
    "a chain of blocks": (
        doubled("  A{i}: {{layers: [A{j}]}}\n", "input: [4]\nblocks:\n  A0: {layers: [Flatten]}\n", 3_000)
        + "layers: [A2999]\n",
        "SC602",
    ),
    "wrappers in a chain of blocks": (
        doubled(
            "  A{i}: {{layers: [" + "{{SpectralNormalization: {{layer: " * 30 + "A{j}" + "}}}}" * 30 + "]}}\n",
            "input: [4]\nblocks:\n  A0: {layers: [{Dense: {units: 2}}]}\n",
            48,
        )
        + "layers: [A47]\n",
        "SC602",
    ),
    "lists that double": (
        doubled("  a{i}: [$a{j}, $a{j}]\n", "args:\n  a0: [1, 1]\n", 60) + DENSE % "1 if $a59 == $a58 else 2",
        "SC602",
    ),
    "sizes that multiply": (
        "input: [4, 4]\nlayers:\n  - UpSampling1D: {size: 1000000000000000000}\n    repeat: 400\n",
        "SC602",
    ),
    "thousands of axes": (f"input: [{', '.join(['1'] * 5_000)}]\nlayers: [Flatten]\n", "SC602"),
    "thousands of axes from a Reshape": (
        f"input: [4]\nlayers:\n  - Reshape: {{target_shape: [{', '.join(['1'] * 5_000)}]}}\n",
        "SC602",
    ),
    "a polynomial of millions of terms": (
        f'input: [{", ".join(f"S{i}" for i in range(20))}]\nlayers:\n  - Dense: {{units: "'
        f'({"+".join(f"$S{i}" for i in range(20))})**8"}}\n',
        "SC403",
    ),
    "thousands of faults": (
        "input: [4]\nlayers:\n" + "".join(f"  - Add:\n    from: [n{i}, input]\n" for i in range(3_000)),
        "SC602",
    ),
    "markup in a name": (DENSE % '4, name: "[red]x\\e[31m"', "SC309"),
    "control characters in an input's name": ('inputs: {"a\\e[2J": [4]}\nlayers: [Flatten]\n', "SC309"),
    "a path as an output's name": ("input: [4]\nlayers: [Flatten]\noutputs: {../../x: flatten}\n", "SC309"),
    "a surrogate": ('name: "\\ud800"\ninput: [4]\nlayers: [Flatten]\n', "SC101"),
    "an absolute path": ("input: [4]\nblocks:\n  A: {file: /etc/passwd}\nlayers: [A]\n", "SC604"),
    "a path upwards": ("input: [4]\nblocks:\n  A: {file: ../../../../etc/passwd}\nlayers: [A]\n", "SC604"),
    "a path with NUL": ('input: [4]\nblocks:\n  A: {file: "a\\0b"}\nlayers: [A]\n', "SC604"),
    "a device": ("input: [4]\nblocks:\n  A: {file: /dev/zero}\nlayers: [A]\n", "SC604"),
    "a folder": ("input: [4]\nblocks:\n  A: {file: .}\nlayers: [A]\n", "SC601"),
    "a number that is none": (DENSE % ".nan", "SC211"),
    "an infinite number": ("input: [.inf]\nlayers: [Flatten]\n", "SC204"),
    "a bound of 100,000 commas": (f'input: [4]\nlayers: [Flatten]\nexpect: {{params: "{"9," * 100_000}x"}}\n', "SC204"),
    "nothing": ("", "SC108"),
    "a byte order mark": (b"\xef\xbb\xbf", "SC108"),
    "a list": ("[]", "SC108"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_meets_a_diagnostic(name: str) -> None:
    text, code = HOSTILE[name]
    with at_most(MOST_CALLS):
        found = found_in(text)
    assert code in [one.code for one in found]
    printed = full(found, lambda file: text.splitlines() if isinstance(text, str) else [])
    assert len(printed) < 100_000
    assert printed.isprintable() or all(line.isprintable() for line in printed.split("\n"))


def test_one_cause_is_reported_once() -> None:
    for name, (text, code) in HOSTILE.items():
        if name != "thousands of faults":
            assert codes_in(text) == [code], name


def test_a_hundred_thousand_layers_in_a_chain_work() -> None:
    report = analyse(Library().parse(DENSE % "4" + "    repeat: 100000\n", "chain.yaml"))
    assert report.diagnostics == []
    assert (len(report.rows), report.params) == (100_001, 2_000_000)


def test_links_out_of_the_folder_are_followed_before_they_are_judged(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret.yaml").write_text("input: [4]\nlayers: [Flatten]\n", "utf-8")
    (tmp_path / "inside" / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    spec = tmp_path / "inside" / "model.yaml"
    spec.write_text("input: [4]\nblocks:\n  A: {file: link.yaml}\nlayers: [A]\n", "utf-8")
    assert [one.code for one in analyse(Library().open(str(spec))).diagnostics] == ["SC604"]


def test_the_same_folder_in_other_words_is_no_trespass(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "part.yaml").write_text("input: [4]\nlayers: [Flatten]\n", "utf-8")
    spec = tmp_path / "model.yaml"
    spec.write_text("input: [4]\nblocks:\n  A: {file: ./x/../part.yaml}\nlayers: [A]\n", "utf-8")
    assert analyse(Library().open(str(spec))).diagnostics == []


def test_what_a_message_quotes_is_shown_and_not_obeyed() -> None:
    assert "\x1b" not in shown('input: [4]\nlayers:\n  - "\\e[31mDense": {units: 4}\n')


def test_several_faults_are_reported_in_one_run() -> None:
    text = (
        "inputs: {x: [0]}\nlayerz: 1\nlayers:\n  - Danse: {units: 4}\n  - Dense: {unit: 4}\n"
        "  - Dense: {units: 4}\n    from: y\n"
    )
    assert sorted(codes_in(text)) == ["SC109", "SC201", "SC202", "SC205", "SC301"]


# Mutated specs


def survives(text: str) -> None:
    """Whatever it says, little work answers it with findings that can be printed, or with numbers."""
    with at_most(MOST_CALLS):
        found = found_in(text)
        walk = None if any(one.severity == "error" for one in found) else report_of(text).walk
        printed = shown(text)
    assert all(one.code in CODES and one.message for one in found)
    assert walk is None or None not in walk.results
    assert all(line.isprintable() for line in printed.split("\n"))


@settings(max_examples=150)
@given(mutated())
def test_a_mutated_spec_is_answered(text: str) -> None:
    survives(text)


@pytest.mark.long
@settings(max_examples=20_000)
@given(mutated())
def test_many_mutated_specs_are_answered(text: str) -> None:
    survives(text)


@settings(max_examples=150)
@given(st.text(alphabet="abD:{}[]-,$*&!#|>'\" \n\t01.e", max_size=80))
def test_any_text_is_answered(text: str) -> None:
    survives(text)
    survives("input: [4]\nlayers:\n  - " + text.replace("\n", "\n    "))
