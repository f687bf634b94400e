"""The tested set names every package that a fresh environment gets; the lowest versions are those of pyproject.toml."""

from __future__ import annotations

import re
from importlib import metadata

import pytest

from tests.versions import CONSTRAINTS, lowest, requirements

LINES = [line for line in CONSTRAINTS.read_text("utf-8").splitlines() if not line.startswith("#")]


def name_of(requirement: str) -> str:
    """The normal form of a package's name."""
    found = re.match(r"[\w.-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def test_every_version_is_exact() -> None:
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in LINES)


def test_what_is_required_at_any_depth_is_in_the_tested_set() -> None:
    named = {name_of(line) for line in LINES}
    waiting = {name_of(text) for text in requirements("test", "dev")}
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        try:
            needed = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # of the checks, which not every environment has
        waiting |= {name_of(text) for text in needed if ";" not in text} - seen
    assert seen <= named


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_the_lowest_versions_are_one_for_each_package(python: str) -> None:
    names = [line.partition("==")[0] for line in lowest(python).splitlines()]
    assert sorted(names) == sorted(dict.fromkeys(name_of(text) for text in requirements("test")))
