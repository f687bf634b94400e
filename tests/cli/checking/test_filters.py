"""Which findings `check` says, and how: options, settings, comments, and which of them wins."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.analysis.analyse import Settings
from shapecalc.cli.checking.check_files import check_files
from shapecalc.cli.checking.comments import list_idle_in_blocks
from shapecalc.cli.checking.filters import apply_filters
from shapecalc.cli.checking.rules import CheckRules, Task
from shapecalc.diagnostics import ALWAYS_SAID, Diagnostic, Severity, Span
from shapecalc.diagnostics.codes import CODES
from tests.cli.conftest import Command

ROOT = Path(__file__).parents[3]
REJECT = ROOT / "specs" / "reject"
LOSES_A_MASK = """\
input: [5]
layers:
  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}
  - Flatten
  - Dense: {units: 1}
expect: {params: 58}
"""
"""A warning (SC505) on line 4, and an error (SC501) on line 6."""
CONCISE = ("--output-format", "concise")


def finding(code: str, severity: Severity = "warning", file: str = "a.yaml") -> Diagnostic:
    return Diagnostic(code, severity, "", "wrong", Span(file, 1, 1, 2))


def left(rules: CheckRules, *codes: str, file: str = "a.yaml") -> list[str]:
    """The codes of findings in a file that the rules leave."""
    return [each.code for each in apply_filters([finding(code, file=file) for code in codes], rules)]


@pytest.mark.parametrize(
    ("select", "ignore", "expected"),
    [
        ((), (), ["SC412", "SC505", "SC501"]),
        (("SC5",), (), ["SC505", "SC501"]),
        ((), ("SC5",), ["SC412"]),
        ((), ("SC505",), ["SC412", "SC501"]),
        (("SC505",), ("SC5",), ["SC505"]),
        (("SC5",), ("SC505",), ["SC501"]),
        (("SC505",), ("SC505",), []),
        (("SC5", "SC412"), ("SC50", "SC4"), ["SC412"]),
        (("SC",), ("SC4",), ["SC505", "SC501"]),
        ((), ("SC",), []),
    ],
)
def test_the_longest_that_fits_decides(select: tuple[str, ...], ignore: tuple[str, ...], expected: list[str]) -> None:
    assert left(CheckRules(select=select, ignore=ignore), "SC412", "SC505", "SC501") == expected


def test_per_file_ignores_are_of_the_file_that_the_finding_is_in() -> None:
    rules = CheckRules(root="/r", select=("SC505",), per_file_ignores=(("old/*", ("SC5",)), ("b.yaml", ("SC412",))))
    assert left(rules, "SC505", file="/r/old/a.yaml") == []
    assert left(rules, "SC505", file="/r/b.yaml") == ["SC505"]
    assert left(rules._replace(select=()), "SC505", "SC412", file="/r/deep/b.yaml") == ["SC505"]


def test_severity_by_the_longest_code_and_strict_after_it() -> None:
    rules = CheckRules(severity=(("SC5", "note"), ("SC505", "error"), ("SC50", "warning")))
    found = [finding("SC505"), finding("SC501", "error"), finding("SC512", "error"), finding("SC412", "error")]
    assert [each.severity for each in apply_filters(found, rules)] == ["error", "warning", "note", "error"]
    strict = apply_filters([*found, finding("SC510", "note")], rules._replace(strict=True, severity=()))
    assert [each.severity for each in strict] == ["error"] * 4 + ["note"]
    assert {each.severity for each in apply_filters(found, rules._replace(strict=True))} == {"error"}


def test_what_says_that_a_file_cannot_be_read_is_always_said() -> None:
    rules = CheckRules(ignore=("SC",), per_file_ignores=(("**", ("SC",)),), severity=(("SC", "note"),))
    found = [finding(code, "error") for code in sorted(ALWAYS_SAID)]
    assert apply_filters(found, rules) == found


CODE = st.sampled_from(sorted(CODES))
BEGINNINGS = st.lists(CODE.flatmap(lambda code: st.sampled_from([code[:length] for length in range(2, 6)])), max_size=4)
RULES = st.builds(
    CheckRules,
    select=BEGINNINGS.map(tuple),
    ignore=BEGINNINGS.map(tuple),
    per_file_ignores=st.lists(
        st.tuples(st.sampled_from(["*", "a.yaml", "b/**"]), BEGINNINGS.map(tuple)), max_size=2
    ).map(tuple),
    severity=st.lists(st.tuples(CODE, st.sampled_from(["error", "warning", "note"])), max_size=3).map(tuple),
    strict=st.booleans(),
)
FINDINGS = st.lists(
    st.builds(finding, CODE, st.sampled_from(["error", "warning", "note"]), st.sampled_from(["a.yaml", "b/c.yaml"]))
)


@settings(deadline=None)
@given(RULES, FINDINGS)
def test_filtering_leaves_findings_out_and_changes_no_more_than_their_severity(
    rules: CheckRules, found: list[Diagnostic]
) -> None:
    plain = [each._replace(severity="note") for each in found]
    rest = iter(plain)
    assert all(each._replace(severity="note") in rest for each in apply_filters(found, rules))
    kept = apply_filters(found, rules)
    assert [each for each in kept if each.code in ALWAYS_SAID] == [each for each in found if each.code in ALWAYS_SAID]
    assert apply_filters(kept, rules) == kept


def test_options_of_the_command_line(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(LOSES_A_MASK)
    check = ("check", "a.yaml", *CONCISE)
    assert re.findall(r"SC\d+", shapecalc(*check).out) == ["SC501", "SC505"]
    assert shapecalc(*check, "--ignore", "SC501").code == 0
    assert shapecalc(*check, "--ignore", "SC501,SC505") == (0, "1 spec checked: clean\n", "")
    assert shapecalc(*check, "--ignore", "SC501", "--ignore", "SC505").out == "1 spec checked: clean\n"
    assert re.findall(r"SC\d+", shapecalc(*check, "--select", "SC4, SC505").out) == ["SC505"]
    assert shapecalc(*check, "--select", "SC505", "--strict").code == 1


def test_exit_zero_prints_all_the_same_and_does_not_hide_what_cannot_be_read(
    shapecalc: Command, tmp_path: Path
) -> None:
    (tmp_path / "a.yaml").write_text(LOSES_A_MASK)
    plain = shapecalc("check", "a.yaml")
    assert shapecalc("check", "a.yaml", "--exit-zero") == plain._replace(code=0)
    assert shapecalc("check", "a.yaml", "missing.yaml", "--exit-zero").code == 2


def test_a_file_that_cannot_be_read_is_no_less_wrong_for_being_ignored(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("input: [4\n")
    assert shapecalc("check", "a.yaml", "missing.yaml", "--ignore", "SC", "--select", "SC505").code == 2
    assert shapecalc("check", "a.yaml", "--ignore", "SC1").code == 1


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--ignore", "SC55", "--ignore: there is no code `SC55`; did you mean `SC515`?"),
        ("--select", "505", "--select: there is no code `505`; did you mean `SC505`?"),
        ("--select", " , ", "--select: no code is named; for example `SC505`"),
        ("--select", "mask", "--select: there is no code `mask`; `SC505` is one, and `SC5` all that begin so"),
        (
            "--ignore",
            "SC505,SC601",
            "--ignore: `SC601` is an error always: nothing is known of a file that cannot be read",
        ),
    ],
)
def test_codes_that_do_not_exist(shapecalc: Command, option: str, value: str, message: str) -> None:
    code, out, err = shapecalc("check", "-", option, value, stdin=LOSES_A_MASK)
    assert (code, out) == (2, "")
    assert err.splitlines()[0] == f"error[SC608] {message}"


def test_a_model_whose_errors_are_ignored_is_not_run(shapecalc: Command, tmp_path: Path) -> None:
    broken = "input: [4]\nlayers:\n  - Dense: {units: 2, unit: 3}  # shapecalc: ignore[SC202]\n"
    (tmp_path / "a.yaml").write_text(broken)
    assert shapecalc("check", "a.yaml") == (0, "1 spec checked: clean\n", "")
    assert shapecalc("check", "a.yaml", "--run") == (0, "1 spec checked: clean\n", "")
    (tmp_path / "a.yaml").write_text(broken.partition("  #")[0])
    assert shapecalc("check", "a.yaml", "--run", "--ignore", "SC2") == (0, "1 spec checked: clean\n", "")


def test_what_a_run_finds_at_a_line_is_silenced_there(shapecalc: Command, tmp_path: Path) -> None:
    large = "input: [4]\nlayers:\n  - Dense: {units: 5000}\n  - Dense: {units: 5000}  # shapecalc: ignore[SC603]\n"
    check = ("check", "a.yaml", "--run", "--max-memory", "1MiB", *CONCISE)
    (tmp_path / "a.yaml").write_text(large)
    silenced = shapecalc(*check).out
    (tmp_path / "a.yaml").write_text(large.partition("  #")[0])
    assert "a.yaml:4:5: warning[SC603]" in shapecalc(*check).out
    assert silenced == "1 spec checked: clean\n"


def test_comments_in_json_count_as_what_is_left(shapecalc: Command) -> None:
    text = LOSES_A_MASK.replace("- Flatten", "- Flatten  # shapecalc: ignore[SC505]")
    out = shapecalc("check", "-", "--output-format", "json", stdin=text).out
    assert '"errors": 1, "warnings": 0' in " ".join(out.split())


@pytest.mark.parametrize(
    ("comment", "rules", "said"),
    [
        ("ignore", "", "SC513"),
        ("ignore", "ignore = ['SC505']", ""),
        ("ignore", "[per-file-ignores]\n'a.yaml' = ['SC5']", ""),
        ("ignore[SC512]", "", ""),
        ("ignore[SC512]", "[budgets]\nmax-params = 5000", "SC513"),
        ("ignore[SC512]", "[budgets]\nmax-params = 5", ""),
        ("ignore[SC510]", "", ""),
        ("ignore[SC502, SC603]", "", ""),
        ("ignore[SC514]", "", ""),
        ("ignore[SC514]", "annotations = true", "SC513"),
    ],
)
def test_what_the_settings_do_not_ask_for_was_not_looked_for(
    shapecalc: Command, tmp_path: Path, comment: str, rules: str, said: str
) -> None:
    (tmp_path / "a.yaml").write_text(f"input: [4]\nlayers:  # shapecalc: {comment}\n  - Dense: {{units: 8}}\n")
    (tmp_path / "shapecalc.toml").write_text(rules + "\n")
    out = shapecalc("check", "a.yaml", *CONCISE).out
    assert "".join(re.findall(r"SC513(?=\] )", out)) == said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "SC513"),
        (("--ignore", "SC505"), ""),
        (("--select", "SC4,SC513"), ""),
        (("--ignore", "SC513"), ""),
        (("--set", "d=3"), ""),
        (("--batch", "3"), ""),
    ],
)
def test_a_comment_is_idle_only_where_its_code_was_looked_for(
    shapecalc: Command, options: tuple[str, ...], said: str
) -> None:
    text = "args: {d: 2}\ninput: [4]\nlayers:\n  - Dense: {units: $d}  # shapecalc: ignore[SC505]\n"
    assert "".join(re.findall(r"SC\d+(?=\] )", shapecalc("check", "-", *CONCISE, *options, stdin=text).out)) == said


def test_a_comment_in_a_file_of_blocks_is_idle_where_no_spec_needs_it(shapecalc: Command, tmp_path: Path) -> None:
    part = "args: {mask: required}\ninputs: {x: [n]}\nlayers:\n"
    part += "  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: $mask}\n"
    part += "  - Flatten  # shapecalc: ignore[SC505, SC213]\n  - Dense: {units: 1}\n"
    (tmp_path / "part.yaml").write_text(part)
    for name, mask in (("a", "true"), ("b", "false")):
        uses = f"input: [5]\nblocks: {{Part: {{file: part.yaml}}}}\nlayers: [Part: {{mask: {mask}}}]\n"
        (tmp_path / f"{name}.yaml").write_text(uses)
    idle = "part.yaml:5:14: warning[SC513] {} on this line\n"
    one, all_codes = "`SC213` silences nothing", "silences nothing: no SC505 or SC213 is found"
    assert shapecalc("check", ".", *CONCISE, "--quiet").out == "./" + idle.format(one)
    assert shapecalc("check", "a.yaml", *CONCISE, "--quiet").out == idle.format(one)
    assert shapecalc("check", "b.yaml", *CONCISE, "--quiet").out == idle.format(all_codes)


def list_places(name: str) -> set[tuple[str, str, int]]:
    """Code, file and line of each finding that stands beside a spec."""
    text = (REJECT / f"{name}.out").read_text("utf-8")
    return {
        (code, file, int(line))
        for file, line, code in re.findall(r"^(\S+\.ya?ml):(\d+):\d+: \w+\[(SC\d+)\]", text, re.MULTILINE)
    }


NEVER = {"SC101", "SC601", "SC513"}
"""Codes that no comment silences."""
NO_ROOM = {"no_space_behind_the_dash", "numbers_for_dashes", "config_not_modelled", "config_of_no_model_type"}
"""Specs with a finding on a line within a plain text, where YAML allows no comment, and configs, which are JSON."""
SPECS = sorted({path.stem for path in REJECT.glob("*.out")} - NO_ROOM)


@pytest.mark.parametrize("name", SPECS)
def test_every_finding_of_a_spec_can_be_silenced_at_the_end_of_its_line(name: str, tmp_path: Path) -> None:
    places = [place for place in sorted(list_places(name)) if place[0] not in NEVER]
    for code, file, line in places:
        for path in REJECT.glob("*.yaml"):
            (tmp_path / path.name).write_bytes(path.read_bytes())
        changed = tmp_path / Path(file).name
        lines = changed.read_text("utf-8").split("\n")
        lines[line - 1] += f"  # shapecalc: ignore[{code}]"
        changed.write_text("\n".join(lines), "utf-8")
        spec = tmp_path / f"{name}.yaml"
        (checked,) = check_files([str(spec)], Task(CheckRules(), Settings()))
        said = {(each.code, Path(each.span.file).name, each.span.line) for each in checked.findings if each.span}
        assert (code, changed.name, line) not in said
        others = {(other, Path(path).name, at) for other, path, at in list_places(name)}
        assert said | {(code, changed.name, line)} == others
        assert list_idle_in_blocks(checked.block_comments, CheckRules()) == []


def test_nearly_every_code_is_tried() -> None:
    tried = {code for name in SPECS for code, _, _ in list_places(name)} - NEVER
    assert len(tried) >= 45


@pytest.mark.parametrize("command", ["summary", "explain", "check"])
def test_a_warning_that_a_comment_silences_is_silent_in_every_command(shapecalc: Command, command: str) -> None:
    old = (REJECT / "deprecated_layer.yaml").read_text("utf-8")
    (line,) = [line for code, _, line in list_places("deprecated_layer") if code == "SC209"]
    lines = old.split("\n")
    assert "SC209" in "".join(shapecalc(command, "-", stdin=old)[1:])
    lines[line - 1] += "  # shapecalc: ignore"
    assert "SC209" not in "".join(shapecalc(command, "-", stdin="\n".join(lines))[1:])


def test_an_error_that_a_comment_silences_is_said_where_there_is_nothing_else_to_say(shapecalc: Command) -> None:
    text = "input: [4]\nlayers:\n  - Dense: {unit: 3}  # shapecalc: ignore\n"
    code, out, err = shapecalc("summary", "-", stdin=text)
    assert (code, out) == (1, "")
    assert "SC202" in err
