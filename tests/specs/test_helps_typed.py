"""A help that says what to write carries it as edits, which say the same as the help, and make the finding go.

Held over `specs/reject`, over what new users write, and over specs that are mutated or made of layers at random.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from shapecalc.diagnostics import Diagnostic, apply_edits
from tests.first_hour.cases import FOLDER, cases
from tests.robust.fuzz.documents import generate_spec, list_specs, mutate
from tests.specs.found import count, count_errors, find_all

REJECT = Path(__file__).parents[2] / "specs" / "reject"
SPECS = sorted(path.stem for path in REJECT.glob("*.yaml"))
SEEDS = 600

IN_WORDS = {
    "a value is left to be filled in": r"\.\.\.",
    "a command is shown, or an option": r"^[^`]*`shapecalc |--set|--weights",
    "a list of what is allowed is shown": r"^allowed: |lists the layer types",
    "a form is shown": r"^a shape is one list of sizes|^write `args: \{name: default",
    "code becomes entries": r"^write its steps as entries|^a spec runs no Python",
    "an entry is moved, left out or written anew": r"^move `|drops the axis; place it later|in an entry of its own",
    "a whole model is missing": r"^a model has an `input`|^write `input: .*`, and below it",
    "the rest goes to a file of its own": r"^a file holds one spec",
    "another network is meant": r"^a network is finite|^the name is|^Keras 3 has no such layer|put \w+ into a block",
    "another layer, or no mask, is meant": r"^it is laid over|^their batch|use the mask|^write `Embedding` without",
    "which axes it has is the user's to say": r"^declare (the|an) input |^`\.\.\.` in its input|^feed it \(batch",
    "which number it is, is the user's to say": r"^give (that axis )?a number|^make the axes equal",
    "what it is fed is the user's to say": r"^feed it (what|to another)|^join them first|^give the block an input",
    "where it is declared is the user's to say": r"^declare (it|them all)",
    "where it ends is the user's to say": r"^put it inside",
    "which entry it belongs to is the user's to say": r"^write the type first",
}
"""Why a help that shows code carries no edits, and what such helps say."""


def show_code(finding: Diagnostic) -> bool:
    return "`" in (finding.help or "")


def list_words(text: str) -> set[str]:
    """The words of a text, with the letters that escapes stand for."""
    text = re.sub(r"\\u([0-9a-f]{4})", lambda letter: chr(int(letter[1], 16)), text)
    return set(re.findall(r"\w+", text))


def mend_each(text: str, findings: list[Diagnostic], file: str) -> Iterator[Diagnostic]:
    """The findings in a text that carry edits; each of them is tried."""
    for finding in findings:
        if not finding.edits:
            assert not finding.safe
            assert not finding.example
            continue
        assert finding.help
        assert not (finding.safe and finding.example)
        if any(edit.file != file for edit in finding.edits):
            continue
        new = apply_edits(text, finding.edits)
        left = find_all(new, file)
        (key,) = count([finding])
        assert count(left)[key] < count(findings)[key], (finding.message, finding.help, new)
        put_in = list_words(" ".join(edit.text for edit in finding.edits))
        assert put_in <= list_words(finding.help) | list_words(text), (finding.help, finding.edits)
        yield finding


def find_reason(finding: Diagnostic) -> str:
    """Why the code that a help shows is no edit; nothing where there is no reason."""
    return next((reason for reason, said in IN_WORDS.items() if re.search(said, finding.help or "")), "")


def list_in_words() -> Iterator[Diagnostic]:
    """The findings over `specs/reject` and over what new users write whose help shows code and carries no edits."""
    texts = [(REJECT / f"{name}.yaml").read_text("utf-8") for name in SPECS]
    texts += [case.spec for path in FOLDER.glob("*.txt") if path.stem != "commands" for case in cases(path)]
    for text in texts:
        for finding in find_all(text, str(REJECT / "some.yaml")):
            if show_code(finding) and not finding.edits:
                yield finding


def test_code_that_a_help_shows_is_an_edit_unless_there_is_a_reason() -> None:
    assert [(finding.code, finding.help) for finding in list_in_words() if not find_reason(finding)] == []


def test_every_reason_is_needed() -> None:
    assert {find_reason(finding) for finding in list_in_words()} == set(IN_WORDS)


@pytest.mark.parametrize("name", SPECS)
def test_what_is_rejected_is_mended(name: str) -> None:
    file = str(REJECT / f"{name}.yaml")
    text = Path(file).read_text("utf-8")
    findings = find_all(text, file)
    for finding in mend_each(text, findings, file):
        left = find_all(apply_edits(text, finding.edits), file)
        assert count_errors(left) <= count_errors(findings), finding.help


def test_what_new_users_write_is_mended() -> None:
    mended = 0
    for path in sorted(FOLDER.glob("*.txt")):
        for case in cases(path) if path.stem != "commands" else []:
            mended += sum(1 for _ in mend_each(case.spec, find_all(case.spec), "model.yaml"))
    assert mended >= 200


def make_text(seed: int) -> str:
    random = Random(seed)
    return mutate(random, random.choice(list_specs())) if seed % 3 else generate_spec(random)


def test_what_is_made_at_random_is_mended() -> None:
    mended = 0
    for seed in range(SEEDS):
        text = make_text(seed)
        mended += sum(1 for _ in mend_each(text, find_all(text), "model.yaml"))
    assert mended >= 200


@pytest.mark.long
def test_much_that_is_made_at_random_is_mended() -> None:
    for seed in range(SEEDS, 30_000):
        text = make_text(seed)
        for _ in mend_each(text, find_all(text), "model.yaml"):
            pass


@pytest.mark.parametrize("name", SPECS)
def test_what_is_left_to_be_filled_in_is_filled_in(name: str) -> None:
    """`write TYPE: {ARGUMENT: ...}` works with a number in place of the dots."""
    file = str(REJECT / f"{name}.yaml")
    text = Path(file).read_text("utf-8")
    findings = find_all(text, file)
    for finding in findings:
        open_entry = re.search(r"write `([\w.]+: \{.*?\})`", finding.help or "")
        if open_entry is None or "..." not in open_entry[1] or finding.span is None:
            continue
        lines = text.split("\n")
        line, span = lines[finding.span.line - 1], finding.span
        entry = open_entry[1].replace("...", "1")
        lines[span.line - 1] = line[: span.column - 1] + entry + line[span.end - 1 :]
        (key,) = count([finding])
        assert count(find_all("\n".join(lines), file))[key] < count(findings)[key]


def test_most_helps_carry_their_edits() -> None:
    findings = [
        finding for name in SPECS for finding in find_all((REJECT / f"{name}.yaml").read_text("utf-8"), f"{name}.yaml")
    ]
    assert sum(bool(finding.edits) for finding in findings) >= 70
    assert sum(finding.safe for finding in findings) >= 40
