"""Files that come with the package: where they stand when it is installed, and in a checkout."""

from __future__ import annotations

import os
import re

import shapecalc

_PACKAGE = os.path.dirname(os.path.abspath(shapecalc.__file__))
_FOLDERS = {"examples": "layers", "published": "models"}
"""Folders of data by their names in the package; in a checkout they stand in `specs`, under the other name."""
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_ENDING = ".yaml"


def find_folder(name: str) -> str | None:
    """The path of a folder of data; None where the package came without it."""
    paths = (os.path.join(_PACKAGE, name), os.path.join(os.path.dirname(_PACKAGE), "specs", _FOLDERS[name]))
    return next((path for path in paths if os.path.isdir(path)), None)


def find_model(name: str) -> str | None:
    """The path of the spec of a published model; None where there is none of that name, or a file has the name."""
    return locate_model(name) if _NAME.match(name) and not os.path.lexists(name) else None


def locate_model(name: str) -> str | None:
    """The path of the spec of a published model, whatever other files have its name; None where there is none."""
    folder = find_folder("published")
    path = os.path.join(folder or "", name + _ENDING)
    return path if folder is not None and _NAME.match(name) and os.path.isfile(path) else None


def list_models() -> list[str]:
    """The names of the published models that come with the package."""
    folder = find_folder("published")
    names = os.listdir(folder) if folder is not None else []
    return sorted(name.removesuffix(_ENDING) for name in names if name.endswith(_ENDING))
