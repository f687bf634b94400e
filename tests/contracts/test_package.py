"""What is built holds every package, and the worked examples and published models as data."""

from __future__ import annotations

import tomllib
from typing import Any

from shapecalc.layers.catalogue import CATALOGUE
from tests.contracts.sources import PACKAGE

ROOT = PACKAGE.parent
MODELS = ROOT / "specs" / "models"


def built() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    return found


def test_every_package_is_named() -> None:
    there = {".".join(path.parent.relative_to(ROOT).parts) for path in PACKAGE.rglob("*.py")}
    models = {".".join(("shapecalc.published", *path.parent.relative_to(MODELS).parts)) for path in published()}
    assert set(built()["packages"]) == {*there, "shapecalc.completions", "shapecalc.examples", *models}
    assert all(not (PACKAGE / name).exists() for name in ("examples", "completions", "published"))


def test_every_data_file_is_taken_along() -> None:
    data = built()["package-data"]
    places = {name: place_of(name) for name in data}
    assert all(list(places[name].glob(pattern)) for name, patterns in data.items() for pattern in patterns)
    kept = {path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc", ".pyo")}
    assert kept == {path for name in data for pattern in data[name] for path in places[name].glob(pattern)} - outside()


def place_of(package: str) -> Any:
    """The folder of a package: what stands elsewhere takes the packages within along."""
    parts = package.split(".")
    for length in range(len(parts), 0, -1):
        place = built()["package-dir"].get(".".join(parts[:length]))
        if place is not None:
            return ROOT.joinpath(place, *parts[length:])
    return ROOT.joinpath(*parts)


def outside() -> set[Any]:
    """The data that stands beside the package in a checkout, and in it when installed."""
    return {*examples(), *(ROOT / "completions").iterdir(), *published()}


def published() -> set[Any]:
    return {path for path in MODELS.rglob("*") if path.is_file()}


def examples() -> set[Any]:
    return set((ROOT / "specs" / "layers").iterdir())


def test_there_is_one_example_a_type_and_nothing_else() -> None:
    assert {path.name for path in examples()} == {f"{name}.yaml" for name in CATALOGUE if name != "Lambda"}
