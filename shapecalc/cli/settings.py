"""Settings from `[tool.shapecalc]` of the nearest pyproject.toml, as defaults of the options they are named after."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shapecalc.diagnostics import Fault

_MOST = 2**20  # bytes of a settings file
_OUTPUT_FORMATS = ("full", "concise", "json", "markdown", "csv")
_SETTINGS = {
    "batch": "a whole number of at least 1",
    "columns": "a list of names",
    "depth": "a whole number of at least 1",
    "max-memory": "a size such as 2GiB",
    # Of `summary` and `check`, which have all of these.
    "output-format": f"one of {', '.join(_OUTPUT_FORMATS)}",
    "seed": "a whole number",
    "strict": "true or false",
}


def read_defaults(commands: Iterable[str]) -> dict[str, Any] | None:
    """Defaults by command and option; None where no file has any. Raises Fault with SC608."""
    try:
        folder = os.getcwd()
    except OSError:  # it is gone, and no file is in it or above it
        return None
    settings = _find_nearest(folder)
    if settings is None:
        return None
    path, text = settings
    import tomllib

    from shapecalc.diagnostics import shorten

    try:
        table = tomllib.loads(text).get("tool", {}).get("shapecalc")
    except (ValueError, AttributeError) as error:
        raise _make_fault(path, f"is not valid TOML: {shorten(error, 120)}") from None
    except RecursionError:
        raise _make_fault(path, "nests too deep") from None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise _make_fault(path, "[tool.shapecalc] is a table")
    values = _check_value(path, table)

    common = {name: value for name, value in values.items() if name != "output_format"}
    return {command: values if command in ("summary", "check") else common for command in commands}


def _find_nearest(folder: str) -> tuple[str, str] | None:
    """The path and text of the nearest pyproject.toml, if it mentions these settings."""
    while True:
        path = os.path.join(folder, "pyproject.toml")
        if os.path.lexists(path):
            text = _read_text(path)
            return (path, text) if "tool.shapecalc" in text else None
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def _read_text(path: str) -> str:
    """The text of a settings file; none of one that may not be read. Raises Fault for what is no file, or too large."""
    from shapecalc.document.files import open_file

    if not os.access(path, os.R_OK) or os.path.isdir(path):
        return ""
    with open_file(path) as file:
        data = file.read(_MOST + 1)
    if len(data) > _MOST:
        raise _make_fault(path, f"is larger than {_MOST // 2**20} MiB")
    return data.decode("utf-8", "replace")


def _check_value(path: str, table: dict[str, Any]) -> dict[str, Any]:
    from shapecalc.diagnostics import did_you_mean, shorten

    values = {}
    for name, value in table.items():
        if name not in _SETTINGS:
            guess = did_you_mean(name, _SETTINGS)
            help = f"did you mean `{guess}`?" if guess else f"the settings are {', '.join(_SETTINGS)}"
            raise _make_fault(path, f"[tool.shapecalc] has no setting `{shorten(name)}`", help)
        if not _fits(name, value):
            raise _make_fault(
                path, f"[tool.shapecalc] `{name}` must be {_SETTINGS[name]}, got {shorten(_write_toml(value))}"
            )
        values[name.replace("-", "_")] = ",".join(value) if isinstance(value, list) else value
    return values


def _write_toml(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _fits(name: str, value: Any) -> bool:
    if name == "strict":
        return isinstance(value, bool)
    if name == "columns":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if name == "output-format":
        return value in _OUTPUT_FORMATS
    if name == "max-memory":
        return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
    return isinstance(value, int) and not isinstance(value, bool) and value >= (0 if name == "seed" else 1)


def _make_fault(path: str, message: str, help: str | None = None) -> Fault:
    from shapecalc.diagnostics import Fault, error

    return Fault(error("SC608", f"{os.path.relpath(path)}: {message}", help=help))
