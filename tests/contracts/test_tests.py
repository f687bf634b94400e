"""Where behaviour is tested can be found: by the name of the test file, or in the table of CONTRIBUTING."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE, TESTS = ROOT / "shapecalc", ROOT / "tests"
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
MODULES = sorted(
    path.relative_to(PACKAGE).with_suffix("").as_posix()
    for path in PACKAGE.glob("*/**/*.py")
    if path.stem != "__init__"
)
ROOMS = {module.partition("/")[0] for module in MODULES}
TEST_FILES = sorted(path.relative_to(TESTS).as_posix() for room in ROOMS for path in (TESTS / room).rglob("test_*.py"))


def section(title: str) -> str:
    """The text under a heading, as far as the next of its level or above."""
    _, _, text = CONTRIBUTING.partition(f"{title}\n")
    assert text, title
    return re.split(rf"^#{{1,{title.count('#')}}} ", text, maxsplit=1, flags=re.MULTILINE)[0]


@cache
def table() -> dict[str, list[str]]:
    """Pattern of modules → the tests that the table names for them."""
    rows = re.findall(r"^\| (`\w+/.*) \| (`.*) \|$", section("## Where behaviour is tested"), re.MULTILINE)
    return {
        pattern: re.findall(r"`(.*?)`", tests) for modules, tests in rows for pattern in re.findall(r"`(.*?)`", modules)
    }


def own_test(module: str) -> str:
    """The test file named after a module: `dims/test_dim.py` of `dims/dim`."""
    room, _, name = module.rpartition("/")
    return f"{room}/test_{name}.py"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_a_test_of_its_name_or_stands_in_the_table(module: str) -> None:
    assert own_test(module) in TEST_FILES or any(fnmatch(module, pattern) for pattern in table()), (
        f"name the tests of {module} in CONTRIBUTING.md, Where behaviour is tested"
    )


@pytest.mark.parametrize("test", TEST_FILES)
def test_a_test_file_is_named_after_a_module_or_stands_in_the_table(test: str) -> None:
    named = {name for tests in table().values() for name in tests}
    owners = {own_test(module) for module in MODULES}
    assert test in owners or any(test == name or test.startswith(f"{name}/") for name in named), (
        f"name {test} in CONTRIBUTING.md, Where behaviour is tested, beside what it tests"
    )


def test_what_the_table_names_exists() -> None:
    assert len(table()) > 50
    for pattern, tests in table().items():
        assert any(fnmatch(module, pattern) for module in MODULES), f"there is no module {pattern}"
        for test in tests:
            assert (TESTS / test).exists(), f"there is no test {test}"


@pytest.mark.parametrize("title", ["### How things travel", "### The walls, and why they stand"])
def test_files_named_in_the_tour_exist(title: str) -> None:
    named = re.findall(r"`(\w[\w/]*\.py)`", section(title))
    assert named
    for name in named:
        path = name.replace("FAMILY", "core")
        assert (ROOT / path).is_file() or (PACKAGE / path).is_file(), f"there is no {name}"


def test_the_tree_names_every_room() -> None:
    tree = section("## The house").partition("```\n")[2].partition("```")[0]
    folders = {path.name for path in PACKAGE.rglob("*") if path.is_dir() and (path / "__init__.py").exists()}
    assert {name for name in folders if f"{name}/" not in tree} == set()
