"""The file that has the settings: the nearest shapecalc.toml, or pyproject.toml with `[tool.shapecalc]`."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from shapecalc.diagnostics import Fault

_MOST = 2**20  # bytes of a settings file
_OWN_FILE = "shapecalc.toml"
_NAMES = {_OWN_FILE: (), "pyproject.toml": ("tool", "shapecalc")}
"""Files that may have settings, and the table that has them in each; the first counts where a folder has both."""
_HEADER = re.compile(r"""^[ \t\[]*["']?tool["']?[ \t]*(?:\.[ \t]*["']?shapecalc|\]|=)""", re.MULTILINE)
"""What begins a table in which settings may stand: `[tool.shapecalc`, `tool.shapecalc`, `[tool]`, `tool =`."""


class SettingsFile(NamedTuple):
    """A file with settings: its absolute path, its text, and the table of settings in it, as TOML says it."""

    path: str
    text: str
    table: dict[str, Any]

    @property
    def folder(self) -> str:
        """The folder that paths in the settings are relative to."""
        return os.path.dirname(self.path)

    def write_header(self, *tables: str) -> str:
        """A table as it is written in this file, with a space: `[tool.shapecalc.check] `; empty for no table."""
        names = (*_NAMES[os.path.basename(self.path)], *tables)
        return f"[{'.'.join(map(_quote_key, names))}] " if names else ""

    def fault(self, keys: tuple[str, ...], message: str, help: str | None = None) -> Fault:
        """The Fault with SC608 for the setting that these keys lead to."""
        from shapecalc.cli.settings.places import find_key

        place = find_key(self.text, (*_NAMES[os.path.basename(self.path)], *keys))
        return _make_fault(self.path, message, help, place)

    def subtable(self, *keys: str) -> dict[str, Any]:
        """The table that these keys lead to; empty where there is none. Raises Fault where it is no table."""
        table: Any = self.table
        for at, key in enumerate(keys):
            table = table.get(key, {})
            if not isinstance(table, dict):
                raise self.fault(keys[: at + 1], f"{self.write_header(*keys[: at + 1])}is a table")
        return dict(table)


def find_settings(folder: str | None = None) -> SettingsFile | None:
    """The nearest file with settings, in a folder (by default the current one) or above. Raises Fault with SC608."""
    try:
        folder = os.path.abspath(folder or os.getcwd())
    except OSError:  # it is gone, and no file is in it or above it
        return None
    while True:
        for name in _NAMES:
            path = os.path.join(folder, name)
            if os.path.lexists(path):
                return _read_file(path)
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def _read_file(path: str) -> SettingsFile | None:
    """The settings in a file; None where it has none. Raises Fault with SC608."""
    text = _read_text(path)
    keys = _NAMES[os.path.basename(path)]
    if keys and not _may_have_settings(text):
        return None
    import tomllib

    from shapecalc.diagnostics import shorten

    try:
        table: Any = tomllib.loads(text)
    except ValueError as error:
        raise _make_fault(path, f"is not valid TOML: {shorten(error, 120)}") from None
    except RecursionError:
        raise _make_fault(path, "nests too deep") from None
    for key in keys:
        if not isinstance(table, dict) or key not in table:
            return None
        table = table[key]
    settings = SettingsFile(path, text, {})
    if not isinstance(table, dict):
        raise settings.fault((), f"{settings.write_header()}is a table")
    return settings._replace(table=table)


def _may_have_settings(text: str) -> bool:
    """Whether a pyproject.toml may have settings: most have none, and reading TOML takes longer than to look."""
    return "shapecalc" in text and _HEADER.search(text) is not None


def _read_text(path: str) -> str:
    """The text of a settings file; none of one that may not be read. Raises Fault for what is no file, or too large."""
    from shapecalc.document.files import open_file

    if not os.access(path, os.R_OK) or os.path.isdir(path):
        return ""
    with open_file(path) as file:
        data = file.read(_MOST + 1)
    if len(data) > _MOST:
        raise _make_fault(path, f"is larger than {_MOST // 2**20} MiB")
    return data.decode("utf-8", "replace").removeprefix("\ufeff")


def _make_fault(path: str, message: str, help: str | None = None, place: tuple[int, int, int] = (0, 0, 0)) -> Fault:
    from shapecalc.diagnostics import Fault, Span, error

    with suppress(OSError, ValueError):  # the current folder is gone, or on another drive
        path = os.path.relpath(path)
    return Fault(error("SC608", message, Span(path, *place), help=help))


def _quote_key(key: str) -> str:
    """A key as TOML writes it."""
    from shapecalc.diagnostics import shorten

    return key if key.replace("-", "").replace("_", "").isalnum() and key.isascii() else f'"{shorten(key)}"'
