"""What is built holds every package, and the worked examples as data."""

from __future__ import annotations

import tomllib
from typing import Any

from shapecalc.layers.catalogue import CATALOGUE
from tests.contracts.sources import PACKAGE

ROOT = PACKAGE.parent


def built() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    return found


def test_every_package_is_named() -> None:
    there = {".".join(path.parent.relative_to(ROOT).parts) for path in PACKAGE.rglob("*.py")}
    assert set(built()["packages"]) == {*there, "shapecalc.completions", "shapecalc.examples"}
    assert not (PACKAGE / "examples").exists()
    assert not (PACKAGE / "completions").exists()


def test_every_data_file_is_taken_along() -> None:
    data = built()["package-data"]
    places = {name: ROOT / built()["package-dir"].get(name, name.replace(".", "/")) for name in data}
    assert all(list(places[name].glob(pattern)) for name, patterns in data.items() for pattern in patterns)
    kept = {path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc", ".pyo")}
    assert kept == {path for name in data for pattern in data[name] for path in places[name].glob(pattern)} - outside()


def outside() -> set[Any]:
    """The data that stands beside the package in a checkout, and in it when installed."""
    return {*examples(), *(ROOT / "completions").iterdir()}


def examples() -> set[Any]:
    return set((ROOT / "specs" / "layers").iterdir())


def test_there_is_one_example_a_type_and_nothing_else() -> None:
    assert {path.name for path in examples()} == {f"{name}.yaml" for name in CATALOGUE if name != "Lambda"}
