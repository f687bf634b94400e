"""`shapecalc check --update-expect`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from shapecalc.cli.rewriting import rewrite, write_diff
from shapecalc.diagnostics import Fault
from tests.cli.conftest import MANY_TO_MANY, Command
from tests.formats.keras.recorded import READ

SPECS = Path(__file__).parents[3] / "specs"
WIDER = MANY_TO_MANY.replace("units: 5", "units: 6")
UPDATED = WIDER.replace("146", "199")


def test_numbers_are_written_and_then_checked(shapecalc: Command, spec: Path) -> None:
    spec.write_text(WIDER.replace("[5, 1]}", '[5, 1], macs: "<= 400"}  # mine'))
    code, out, err = shapecalc("check", spec.name, "--update-expect", "--output-format", "concise")
    assert (code, err) == (1, "")
    assert out == (
        "many_to_many.yaml: params 146 -> 199\n1 spec updated\n"
        "many_to_many.yaml:6:45: error[SC501] expected macs <= 400, got 870\n"
        "1 spec checked: 1 error in 1 spec\n"
    )
    assert spec.read_text() == UPDATED.replace("[5, 1]}", '[5, 1], macs: "<= 400"}  # mine')


def test_a_true_spec_is_not_touched(shapecalc: Command, spec: Path) -> None:
    spec.chmod(0o444)
    result = shapecalc("check", spec.name, "--update-expect")
    assert result == (0, "no specs updated\n1 spec checked: clean\n", "")
    assert shapecalc("check", spec.name, "--update-expect", "-q") == (0, "", "")


def test_a_dry_run_shows_what_git_would_apply(shapecalc: Command, spec: Path, tmp_path: Path) -> None:
    spec.write_text(WIDER)
    result = shapecalc("check", ".", "--update-expect", "--dry-run")
    assert result.code == 1
    diff, _, rest = result.out.partition("1 spec would be updated\n")
    assert rest == "1 spec checked: clean\n"
    assert diff.splitlines()[:2] == ["--- a/many_to_many.yaml", "+++ b/many_to_many.yaml"]
    assert diff.splitlines()[-2:] == [
        "-expect: {params: 146, output: [5, 1]}",
        "+expect: {params: 199, output: [5, 1]}",
    ]
    assert spec.read_text() == WIDER
    subprocess.run(["git", "apply"], input=diff.encode(), cwd=tmp_path, check=True)
    assert spec.read_text() == UPDATED
    assert shapecalc("check", ".", "--update-expect", "--dry-run").code == 0


def test_a_diff_knows_of_line_ends() -> None:
    assert write_diff("./a/b.yaml", "a: 1\r\nb: 2", "a: 1\r\nb: 3") == (
        "--- a/a/b.yaml\n+++ b/a/b.yaml\n@@ -1,2 +1,2 @@\n a: 1\r\n-b: 2\n\\ No newline at end of file\n"
        "+b: 3\n\\ No newline at end of file\n"
    )


def test_bytes_that_are_no_number_stay(shapecalc: Command, spec: Path) -> None:
    def encode(text: str) -> bytes:
        return b"\xef\xbb\xbf" + text.rstrip().replace("name: ", "# ünï\nname: ").replace("\n", "\r\n").encode()

    spec.write_bytes(encode(WIDER))
    spec.chmod(0o600)
    assert shapecalc("check", spec.name, "--update-expect").code == 0
    assert spec.read_bytes() == encode(UPDATED)
    assert spec.stat().st_mode & 0o777 == 0o600


def test_keys_are_added_that_are_named(shapecalc: Command, spec: Path) -> None:
    spec.write_text(MANY_TO_MANY.partition("expect")[0])
    code, out, err = shapecalc("check", spec.name, "--update-expect", "--add", "params, layers", "-q")
    assert (code, err) == (0, "")
    assert out == (
        "many_to_many.yaml: params 146, lstm.params 140, lstm.output [5, 5], time_distributed.params 6, "
        "time_distributed.output [5, 1]\n"
    )
    assert spec.read_text().partition("expect:\n")[2] == (
        "  params: 146\n  layers:\n    lstm: {params: 140, output: [5, 5]}\n"
        "    time_distributed: {params: 6, output: [5, 1]}\n"
    )


def test_a_file_by_two_paths_is_written_once(shapecalc: Command, spec: Path) -> None:
    spec.write_text(WIDER)
    Path("link.yaml").symlink_to(spec.name)
    assert shapecalc("check", spec.name, f"./{spec.name}", "link.yaml", "--update-expect").code == 0
    assert spec.read_text() == UPDATED
    assert Path("link.yaml").is_symlink()


def test_a_file_that_changes_meanwhile_is_left(spec: Path) -> None:
    with pytest.raises(Fault, match="was changed meanwhile, and is left as it is"):
        rewrite(str(spec), WIDER, UPDATED)
    assert spec.read_text() == MANY_TO_MANY
    with pytest.raises(Fault, match="only files are written back"):
        rewrite("/dev/null", WIDER, UPDATED)


def test_many_changes_are_counted(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("input: [4]\nlayers:\n  - Dense: {units: 4}\n    repeat: 12\n")
    out = shapecalc("check", ".", "--update-expect", "--add", "layers").out
    assert out.split("\n")[0].endswith("dense/3.output [4], and 16 more")


def test_one_alias_after_the_other_gives_way(shapecalc: Command, spec: Path) -> None:
    text = WIDER.partition("expect")[0] + "expect: {output: &s [5, 9], layers: {lstm: {output: *s}}}\n"
    spec.write_text(text)
    assert shapecalc("check", spec.name, "--update-expect").code == 0
    assert spec.read_text() == text.replace("&s [5, 9]", "&s [5, 1]").replace("*s", "[5, 6]")


def test_expectations_of_a_file_that_is_a_block_are_its_own(shapecalc: Command, tmp_path: Path) -> None:
    block = "input: [4]\nlayers: [Dense: {units: 2}]\nexpect: {params: 1}\n"
    (tmp_path / "block.yaml").write_text(block)
    (tmp_path / "model.yaml").write_text(
        "blocks: {B: {file: block.yaml}}\ninput: [4]\nlayers: [B]\nexpect: {params: 1}\n"
    )
    assert shapecalc("check", ".", "--update-expect").out == (
        "./model.yaml: params 1 -> 10\n1 spec updated\n1 spec checked: clean\n"
    )
    assert (tmp_path / "block.yaml").read_text() == block
    assert shapecalc("check", "block.yaml", "--update-expect").code == 0
    assert (tmp_path / "block.yaml").read_text() == block.replace("params: 1", "params: 10")


def test_values_that_are_set_write_nothing_of_the_default(shapecalc: Command, spec: Path) -> None:
    spec.write_text("args: {n: 5}\n" + MANY_TO_MANY.replace("units: 5", "units: $n"))
    before = spec.read_text()
    result = shapecalc("check", spec.name, "--update-expect", "--set", "n=6", "--add", "macs")
    assert result.code == 0
    assert result.out.startswith("no specs updated\n")
    assert "note[SC510]" in result.out
    assert spec.read_text() == before


def test_other_files_are_left(shapecalc: Command, spec: Path, tmp_path: Path) -> None:
    spec.write_text(WIDER)
    (tmp_path / "model.json").write_text(READ["models"]["siamese"]["json"])
    (tmp_path / "broken.yaml").write_text(WIDER.replace("units: 6", "units: 0"))
    code, out, err = shapecalc("check", "model.json", "broken.yaml", "gone.yaml", spec.name, "--update-expect")
    assert (code, err) == (2, "")
    assert out.startswith(
        "model.json: is no spec, and left as it is\nmany_to_many.yaml: params 146 -> 199\n1 spec updated\n"
    )
    assert spec.read_text() == UPDATED
    assert "146" in (tmp_path / "broken.yaml").read_text()


def test_a_file_that_may_not_be_written_is_a_finding(shapecalc: Command, spec: Path) -> None:
    spec.write_text(WIDER)
    spec.chmod(0o444)
    code, out, _ = shapecalc("check", spec.name, "--update-expect", "--output-format", "concise")
    assert code == 2
    assert "error[SC607] cannot write many_to_many.yaml" in out
    assert out.startswith("no specs updated\n")
    assert spec.read_text() == WIDER


@pytest.mark.parametrize("style", ["json", "csv", "github", "sarif", "junit", "markdown"])
def test_what_was_written_is_not_in_the_way_of_a_format(shapecalc: Command, spec: Path, style: str) -> None:
    spec.write_text(WIDER)
    code, out, err = shapecalc("check", spec.name, "--update-expect", "--output-format", style)
    assert (code, err) == (0, "many_to_many.yaml: params 146 -> 199\n1 spec updated\n")
    assert "updated" not in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-", "--update-expect"), "--update-expect saves files, and `-` is standard input"),
        ((".", "--dry-run"), "--dry-run says how `--update-expect` and `--fix` work"),
        ((".", "--add", "params"), "--add says how `--update-expect` works: add that"),
        ((".", "--update-expect", "--add", "parms"), "--add: `expect` has no key `parms`; did you mean `params`?"),
        ((".", "--update-expect", "--add", "x"), "--add: `expect` has no key `x`; the keys are params, trainable"),
        ((".", "--update-expect", "--add", ","), "--add: `expect` has no key `,`; the keys are params"),
    ],
)
def test_what_would_have_no_effect_is_refused(shapecalc: Command, words: tuple[str, ...], message: str) -> None:
    code, out, err = shapecalc("check", *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"error[SC608] {message}")


def test_all_specs_of_the_project_stay(shapecalc: Command, tmp_path: Path) -> None:
    shutil.copytree(SPECS / "models", tmp_path / "models")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")}
    assert shapecalc("check", "models", "--update-expect").out.startswith("no specs updated\n")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")} == before
