"""Settings in `[tool.shapecalc]`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click
import pytest

from shapecalc.cli.checking.rules import CheckRules
from shapecalc.cli.empty_values import EXAMPLES
from shapecalc.cli.main import COMMANDS
from shapecalc.cli.settings.defaults import SHARED, list_options, read_defaults
from shapecalc.cli.settings.file import SettingsFile, find_settings
from shapecalc.cli.settings.rules import read_rules
from shapecalc.diagnostics import Fault
from tests.cli.conftest import Command


def test_settings_are_defaults_that_options_override(shapecalc: Command, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.shapecalc]\nbatch = 3\noutput-format = "concise"\n')
    line = "many_to_many: 146 params (584 B), 625 MACs, output ({}, 5, 1)\n"
    assert shapecalc("summary", spec.name).out == line.format(3)
    assert shapecalc("summary", spec.name, "--batch", "4").out == line.format(4)
    assert shapecalc("layers", "Dense").code == 0


def test_columns_and_depth(shapecalc: Command, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.shapecalc]\ncolumns = ["macs", "dtype"]\ndepth = 2\n')
    assert "┃ MACs ┃ Dtype   ┃" in shapecalc("summary", spec.name).out


def test_strict(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.shapecalc]\nstrict = true\n")
    assert shapecalc("check", "-", stdin="inputs: {a: [T], b: [U]}\nlayers: [{Add: , from: [a, b]}]").code == 1


def test_the_nearest_file_counts(
    shapecalc: Command, spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.shapecalc]\nbatch = 3\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    arguments = ("summary", str(spec), "--output-format", "concise")
    assert "output (3, 5, 1)" in shapecalc(*arguments).out
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    assert "output (None, 5, 1)" in shapecalc(*arguments).out


def test_a_file_of_its_own_wins_over_pyproject(shapecalc: Command, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.shapecalc]\nbatch = 3\n")
    (tmp_path / "shapecalc.toml").write_text("batch = 4\n[summary]\noutput-format = 'concise'\n")
    assert "output (4, 5, 1)" in shapecalc("summary", spec.name).out


@pytest.mark.parametrize(
    "text",
    [
        "[tool.shapecalc]\nbatch = 3\n",
        "[ tool . shapecalc ]\nbatch = 3\n",
        "[tool.'shapecalc']\nbatch = 3\n",
        '["tool"."shapecalc"]\nbatch = 3\n',
        "[tool]\nshapecalc.batch = 3\n",
        "[tool]\nshapecalc = {batch = 3}\n",
        "tool.shapecalc.batch = 3\n",
        "tool = {shapecalc = {batch = 3}}\n",
        "\ufeff[tool.shapecalc]\r\nbatch = 3\r\n",
        "[tool.shapecalc.summary]\nbatch = 3\n",
        "[tool.ruff]\nline-length = 9\n[tool.shapecalc]\nbatch = 3\n",
    ],
)
def test_however_toml_writes_the_table(shapecalc: Command, spec: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert "output (3, 5, 1)" in shapecalc("summary", spec.name, "--output-format", "concise").out


def test_what_only_names_the_package_is_no_table(shapecalc: Command, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\ndependencies = ['shapecalc-cli']\n[tool.ruff]\nbroken =\n")
    assert shapecalc("summary", spec.name).code == 0


def test_a_command_has_a_table_of_its_own(shapecalc: Command, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[tool.shapecalc]\nbatch = 3\n[tool.shapecalc.summary]\nbatch = 4\noutput-format = 'concise'\n"
        "set = ['d=2']\nunfold = true\ncolumns = ['macs', 'dtype']\n[tool.shapecalc.diff]\noutput-format = 'json'\n"
    )
    spec.write_text(spec.read_text() + "args: {d: 1}\n")
    assert "output (4, 5, 1)" in shapecalc("summary", spec.name).out
    assert "(3, 5, 1)" in shapecalc("explain", spec.name).out


def test_a_format_that_only_check_has(shapecalc: Command, spec: Path, tmp_path: Path) -> None:
    for text in ("[tool.shapecalc]\noutput-format = 'sarif'\n", "[tool.shapecalc.check]\noutput-format = 'sarif'\n"):
        (tmp_path / "pyproject.toml").write_text(text)
        assert '"version": "2.1.0"' in shapecalc("check", spec.name).out
        assert "Layer (type)" in shapecalc("summary", spec.name).out


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("[tool.shapecalc.check]\noutput-format = 'pdf'\n", "check"),
        ("[tool.shapecalc.check]\nstrict = 1\n", "check"),
        ("[tool.shapecalc.check]\nnot-there = 1\n", "check"),
        ("[tool.shapecalc]\nstrict = 1\n", "check"),
        ("[tool.shapecalc]\nexclude = 1\n", "check"),
        ("[tool.shapecalc.severity]\nSC999 = 'error'\n", "check"),
        ("[tool.shapecalc.budgets]\nmax-params = 'many'\n", "check"),
        ("[tool.shapecalc]\ndepth = 0\n", "summary"),
        ("[tool.shapecalc]\ncolumns = ['mac']\n", "summary"),
        ("[tool.shapecalc.summary]\ntraining = 'adem'\n", "summary"),
    ],
)
def test_a_wrong_value_breaks_no_other_command(
    shapecalc: Command, spec: Path, tmp_path: Path, text: str, command: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    codes = {name: shapecalc(name, spec.name).code for name in ("summary", "check", "explain")}
    assert codes == {name: 2 if name == command else 0 for name in codes}


def test_help_is_shown_whatever_the_settings_say(shapecalc: Command, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.shapecalc]\nbatsh = 3\n")
    assert shapecalc("summary", "--help").code == 0


HEAD = "pyproject.toml:2:1: error[SC608] [tool.shapecalc] "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.shapecalc]\nbatsh = 3\n", HEAD + "has no setting `batsh`\n  = help: did you mean `batch`?\n"),
        ("[tool.shapecalc]\nbatch = true\n", HEAD + "`batch` must be a whole number of at least 1, got true\n"),
        ("[tool.shapecalc]\ndepth = 0\n", HEAD + "`depth` must be a whole number of at least 1, got 0\n"),
        (
            "[tool.shapecalc]\nplot = true\n",
            HEAD + "has no setting `plot`\n  = help: write it in `[tool.shapecalc.summary]`\n",
        ),
        ("[tool]\nshapecalc = 3 # tool.shapecalc\n", HEAD + "is a table\n"),
        (
            '[tool.shapecalc]\noutput-format = "pdf"\n',
            HEAD + "`output-format` must be one of full, concise, json, markdown, csv, got pdf\n",
        ),
        (
            '[tool.shapecalc]\ncolumns = ["mac"]\n',
            HEAD + "`columns`: there is no column `mac`; did you mean `macs`?\n",
        ),
        ("[tool.shapecalc]\ncolumns = 3.5\n", HEAD + "`columns`: there is no column `3.5`; "),
        (
            "[tool.shapecalc]\n# a comment\n[tool.shapecalc.summary]\n  plott = true # x\n",
            "pyproject.toml:4:3: error[SC608] [tool.shapecalc.summary] has no setting `plott`\n"
            "  = help: did you mean `plot`?\n",
        ),
        (
            "[tool.shapecalc.sumary]\nplot = true\n",
            "pyproject.toml:1:1: error[SC608] [tool.shapecalc] has no setting `sumary`\n"
            "  = help: did you mean `summary`?\n",
        ),
        (
            "[tool.shapecalc]\n[tool.shapecalc.summary]\nexclude = ['a']\n",
            "pyproject.toml:3:1: error[SC608] [tool.shapecalc.summary] has no setting `exclude`\n"
            "  = help: it is no option: write it in `[tool.shapecalc]`\n",
        ),
        (
            "[tool.shapecalc]\nsummary = 1\n",
            "pyproject.toml:2:1: error[SC608] [tool.shapecalc.summary] is a table\n",
        ),
    ],
)
def test_settings_that_are_wrong_are_sc608(
    shapecalc: Command, spec: Path, tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    code, out, err = shapecalc("summary", spec.name)
    assert (code, out, err[: len(message)]) == (2, "", message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "exclude = 'legacy'\n",
            '1:1: `exclude` must be a list of globs such as ["legacy", "**/old_*.yaml"], got legacy',
        ),
        ("ignore = ['SC999']\n", "1:1: `ignore`: there is no code `SC999`"),
        ("[per-file-ignores]\n'legacy/*' = ['SX1']\n", "2:1: [per-file-ignores] `legacy/*`: there is no code `SX1`; "),
        ("[per-file-ignores]\n'a.yaml' = 5\n", "2:1: [per-file-ignores] `a.yaml` must be a list of codes such as"),
        ("[severity]\nSC601 = 'note'\n", "2:1: [severity] `SC601`: `SC601` is an error always: nothing is known of"),
        ("[per-file-ignores]\n'a.yaml' = ['SC101']\n", "2:1: [per-file-ignores] `a.yaml`: `SC101` is an error always"),
        (
            "[severity]\nSC505 = 'off'\n",
            "2:1: [severity] `SC505` must be one of error, warning, note, got off\n  = help: `ig",
        ),
        ("exclude = ['!kept']\n", "1:1: `exclude`: `!kept`: no glob takes back what others name"),
        ("include = ['*.{yaml,yml}']\n", "1:1: `include`: `*.{yaml,yml}`: braces are not read"),
        ("[per-file-ignores]\n'{a,b}' = []\n", "2:1: [per-file-ignores] `{a,b}`: braces are not read"),
        ("[budgets.'!a']\nmax-macs = 1\n", "1:1: [budgets] `!a`: no glob takes back what others name"),
        ("[budgets]\noptimizer = ['adam']\n", "2:1: [budgets] `optimizer` must be one of"),
        ("[severity]\nSC505 = 'fatal'\n", "2:1: [severity] `SC505` must be one of error, warning, note, got fatal"),
        ("severity = 'error'\n", "1:1: [severity] is a table"),
        ("annotations = 'yes'\n", "1:1: `annotations` must be true or false, got yes"),
        ("[budgets]\nmax-parms = 5\n", "2:1: [budgets] has no budget `max-parms`"),
        (
            "[budgets.'models/*.yaml']\nmax-params = '5 apples'\n",
            '2:1: [budgets."models/*.yaml"] `max-params`: `5 apples` is no amount: write a number',
        ),
        ("[budgets.'a.yaml']\nmax-macs = true\n", '2:1: [budgets."a.yaml"] `max-macs` must be an amount such as'),
    ],
)
def test_rules_that_are_wrong_are_sc608(
    shapecalc: Command, spec: Path, tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "shapecalc.toml").write_text(text)
    code, out, err = shapecalc("check", spec.name)
    place, _, rest = message.partition(" ")
    assert (code, out) == (2, "")
    assert err.startswith(f"shapecalc.toml:{place} error[SC608] {rest}")


def test_the_settings_of_the_readme(shapecalc: Command, spec: Path, tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    text = readme.partition("```toml\n# shapecalc.toml")[2].partition("```")[0]
    (tmp_path / "shapecalc.toml").write_text(f"#{text}")
    assert read_rules(find_settings(str(tmp_path))).per_file_ignores == (("legacy/*", ("SC5",)),)
    assert "MACs" in shapecalc("summary", spec.name).out
    assert shapecalc("check", ".").code == 0


def test_rules(tmp_path: Path) -> None:
    (tmp_path / "shapecalc.toml").write_text(
        "include = ['models/**/*.yaml']\nexclude = ['legacy', '**/old_*.yaml']\n"
        "select = ['SC5', 'SC4']\nignore = 'SC505,SC213'\n"
        "annotations = true\n[check]\nstrict = true\nignore = ['SC506']\n[per-file-ignores]\n'legacy/*' = ['SC505']\n"
        "[severity]\nSC505 = 'error'\n[budgets]\nmax-macs = '1G'\n[budgets.'models/*.yaml']\nmax-params = 5_000_000\n"
        "max-memory = '20 MiB'\n"
    )
    assert read_rules(find_settings(str(tmp_path))) == CheckRules(
        root=str(tmp_path),
        include=("models/**/*.yaml",),
        exclude=("legacy", "**/old_*.yaml"),
        select=("SC5", "SC4"),
        ignore=("SC506",),
        per_file_ignores=(("legacy/*", ("SC505",)),),
        severity=(("SC505", "error"),),
        budgets=(
            ("*", (("max-macs", "1G"),)),
            ("models/*.yaml", (("max-params", 5_000_000), ("max-memory", "20 MiB"))),
        ),
        annotations=True,
        strict=True,
    )


OPTIONS = [(name, key) for name in COMMANDS for key in list_options(name)]


@pytest.mark.parametrize(("name", "key"), OPTIONS, ids=lambda part: part)
def test_every_option_may_be_set_in_the_table_of_its_command(name: str, key: str) -> None:
    param = list_options(name)[key]
    command = import_module(f"shapecalc.cli.{name}").command
    example = EXAMPLES.get(f"--{key}", "")
    value: object = example
    if isinstance(param.type, click.Choice):
        value = param.type.choices[-1]
    elif isinstance(param.type, click.types.IntParamType):
        value = int(example)
    elif getattr(param, "is_flag", False):
        value = True
    elif param.multiple or "," in example:
        value = example.split(",")
    settings = SettingsFile("/p/shapecalc.toml", "", {name: {key: value}})
    assert list(read_defaults(settings, command, list(COMMANDS))) == [param.name]
    wrong = SettingsFile("/p/shapecalc.toml", "", {name: {key: {"a": 1}}})
    with pytest.raises(Fault):
        read_defaults(wrong, command, list(COMMANDS))


def test_shared_settings_are_options_of_several_commands_or_of_check() -> None:
    owners = {key: [name for name in COMMANDS if key in list_options(name)] for key in SHARED}
    assert [key for key, names in owners.items() if not names and key not in CheckRules._fields] == []


@pytest.mark.parametrize("name", ["pyproject.toml", "shapecalc.toml"])
def test_what_is_no_toml(shapecalc: Command, spec: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("[tool.shapecalc\n")
    code, _, err = shapecalc("summary", spec.name)
    assert (code, err.startswith(f"{name}: error[SC608] is not valid TOML: ")) == (2, True)


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 100_000, "[tool.shapecalc]\n" + "x=" * 10_000, "\0", "[tool]\ntool.shapecalc = 1"]
)
def test_hostile_settings(shapecalc: Command, spec: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text("# shapecalc\n" + text)
    code, _, err = shapecalc("check", spec.name)
    assert code in (0, 2)
    assert "internal error" not in err
