"""`shapecalc annotate`."""

from __future__ import annotations

from pathlib import Path

import pytest

from shapecalc.analysis.analyse import Settings
from shapecalc.cli.checking.check_files import check_files
from shapecalc.cli.checking.rules import CheckRules, Task
from tests.cli.conftest import MANY_TO_MANY, Command
from tests.formats.keras.recorded import READ

ANNOTATED = MANY_TO_MANY.replace("true}\n", "true}       # (None, 5, 5)  140 params\n").replace(
    "1}}}\n", "1}}}  # (None, 5, 1)  6 params\n"
)


def test_a_spec_is_printed_with_what_its_layers_are(shapecalc: Command, spec: Path) -> None:
    assert shapecalc("annotate", spec.name) == (0, ANNOTATED, "")
    assert spec.read_text() == MANY_TO_MANY
    assert shapecalc("annotate", "-", stdin=MANY_TO_MANY) == (0, ANNOTATED, "")
    assert shapecalc("annotate", "-", "--remove", stdin=ANNOTATED) == (0, MANY_TO_MANY, "")


def test_a_spec_is_saved_and_saved_back(shapecalc: Command, spec: Path) -> None:
    spec.write_bytes(b"\xef\xbb\xbf" + MANY_TO_MANY.replace("\n", "\r\n").encode())
    spec.chmod(0o640)
    before = spec.read_bytes()
    assert shapecalc("annotate", spec.name, "--write") == (0, "many_to_many.yaml: 2 lines changed\n", "")
    assert spec.read_bytes() == b"\xef\xbb\xbf" + ANNOTATED.replace("\n", "\r\n").encode()
    assert spec.stat().st_mode & 0o777 == 0o640
    assert shapecalc("annotate", spec.name, "--write") == (0, "many_to_many.yaml: nothing to change\n", "")
    assert shapecalc("annotate", spec.name, "--write", "--remove").code == 0
    assert spec.read_bytes() == before


def test_one_changed_number_is_one_changed_line(shapecalc: Command, spec: Path) -> None:
    spec.write_text(ANNOTATED.replace("140", "139"))
    assert shapecalc("annotate", spec.name, "--write").out == "many_to_many.yaml: 1 line changed\n"
    assert spec.read_text() == ANNOTATED


def test_values_and_the_batch_are_put_in(shapecalc: Command) -> None:
    text = "args: {n: 3}\ninput: [T]\nlayers:\n  - Dense: {units: $n}\n"
    code, out, err = shapecalc("annotate", "-", "--set", "n=5", "--set", "T=4", "--batch", "2", stdin=text)
    assert (code, out, err) == (0, text.replace("$n}", "$n}  # (2, 5)  25 params"), "")


def test_one_broken_spec_does_not_stop_the_others(shapecalc: Command, spec: Path, tmp_path: Path) -> None:
    broken = MANY_TO_MANY.replace("units: 5", "units: 0")
    (tmp_path / "broken.yaml").write_text(broken)
    code, out, err = shapecalc("annotate", "broken.yaml", "gone.yaml", spec.name, "--write")
    assert (code, out) == (2, "many_to_many.yaml: 2 lines changed\n")
    assert "broken.yaml:4:19: error[SC205]" in err
    assert "error[SC601] cannot read gone.yaml" in err
    assert (tmp_path / "broken.yaml").read_text() == broken


def test_annotations_leave_a_spec_with_errors(shapecalc: Command) -> None:
    text = "input: [4]\nlayers:\n  - Dense: {units: 0}  # (None, 0)  0 params\n"
    assert shapecalc("annotate", "-", stdin=text).out == ""
    assert shapecalc("annotate", "-", "--remove", stdin=text) == (0, text.replace("  # (None, 0)  0 params", ""), "")


def test_a_file_of_two_documents_keeps_its_comments(shapecalc: Command, spec: Path) -> None:
    text = ANNOTATED + "---\n{units[\n"
    spec.write_text(text)
    code, _, err = shapecalc("annotate", spec.name, "--remove", "--write")
    assert code == 1
    assert "error[SC105]" in err
    assert "SC610" not in err
    assert spec.read_text() == text


def test_a_model_file_has_no_lines_to_write_on(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(READ["models"]["siamese"]["json"])
    for words in ((), ("--remove",), ("--write",)):
        assert shapecalc("annotate", "model.json", *words) == (
            1,
            "",
            "model.json: error[SC609] is no spec, and annotations are comments in a spec\n"
            "  = help: `shapecalc convert model.json --to yaml` writes one\n",
        )


def test_a_comment_that_became_part_of_a_text_stays(shapecalc: Command) -> None:
    text = "args: {w: 3}\ninput: [5]\nlayers:\n  - Dense: {units: max($w  # (None, 4)  1 param\n    , 8)}\n"
    code, out, err = shapecalc("annotate", "-", "--remove", stdin=text)
    assert (code, out) == (2, "")
    assert err.startswith(
        "<stdin>: error[SC607] is left as it is: with these comments changed it would read as another"
    )


def test_json_has_no_comments(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text('{"input": [4], "layers": ["Flatten"]}')
    assert shapecalc("annotate", "spec.json", "--write") == (
        1,
        "",
        "spec.json: error[SC609] is JSON, which has no comments\n"
        "  = help: `shapecalc convert spec.json --to yaml` writes one\n",
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-", "--write"), "--write saves files, and `-` is standard input: leave `--write` out"),
        (("a.yaml", "b.yaml"), "several specs are saved, not printed: add `--write`"),
    ],
)
def test_what_cannot_be_is_refused(shapecalc: Command, words: tuple[str, ...], message: str) -> None:
    code, out, err = shapecalc("annotate", *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"error[SC608] {message}\n")


def test_a_file_that_may_not_be_written_stays(shapecalc: Command, spec: Path) -> None:
    spec.chmod(0o444)
    code, out, err = shapecalc("annotate", spec.name, "--write")
    assert (code, out) == (2, "")
    assert "error[SC607] cannot write many_to_many.yaml" in err
    assert spec.read_text() == MANY_TO_MANY
    assert list(spec.parent.iterdir()) == [spec]


def test_a_check_can_ask_for_true_annotations(shapecalc: Command, spec: Path) -> None:
    spec.write_text(ANNOTATED.replace("140", "139"))
    (asked,) = check_files([spec.name], Task(CheckRules(annotations=True), Settings()))
    assert [(finding.code, finding.severity, finding.span and finding.span.line) for finding in asked.findings] == [
        ("SC514", "error", 4)
    ]
    (left,) = check_files([spec.name], Task(CheckRules(), Settings()))
    assert left.findings == []


def test_the_setting_asks_for_them_and_a_fix_writes_them(shapecalc: Command, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.shapecalc]\nannotations = true\n")
    spec.write_text(ANNOTATED.replace("140", "139").replace("  # (None, 5, 1)  6 params", ""))
    code, out, err = shapecalc("check", spec.name, "--output-format", "concise")
    assert (code, err) == (1, "")
    assert [line.partition(" ")[2].partition(";")[0] for line in out.splitlines()[:2]] == [
        "error[SC514] the annotation says `# (None, 5, 5)  139 params`, and it is `# (None, 5, 5)  140 params`",
        "error[SC514] the annotation `# (None, 5, 1)  6 params` is missing",
    ]
    assert shapecalc("check", spec.name, "--fix").code == 0
    assert spec.read_text() == ANNOTATED
    spec.write_text(MANY_TO_MANY)
    assert shapecalc("check", spec.name).code == 0
