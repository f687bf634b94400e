"""The settings that `check` holds files to, as CheckRules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from shapecalc.cli.checking.rules import CheckRules
from shapecalc.cli.settings.defaults import write_toml
from shapecalc.cli.settings.file import SettingsFile
from shapecalc.diagnostics import did_you_mean, shorten

BUDGETS = ("max-params", "max-macs", "max-weights", "max-memory", "max-training")
SEVERITIES = ("error", "warning", "note")

_Keys = tuple[str, ...]


def read_rules(settings: SettingsFile | None) -> CheckRules:
    """The rules that a file of settings has; none where there is no file. Raises Fault with SC608 for wrong values.

    `select`, `ignore` and `strict` may stand in the table of `check` too, which wins.
    """
    if settings is None:
        return CheckRules()
    table = settings.table | {"check": settings.subtable("check")}

    def read(key: str, reader: Callable[[SettingsFile, _Keys, Any], Any]) -> Any:
        if key in table["check"]:
            return reader(settings, ("check", key), table["check"][key])
        return reader(settings, (key,), table[key]) if key in table else None

    return CheckRules(
        root=settings.folder,
        include=read("include", _read_globs) or (),
        exclude=read("exclude", _read_globs) or (),
        select=read("select", _read_codes) or (),
        ignore=read("ignore", _read_codes) or (),
        per_file_ignores=_read_per_file(settings),
        severity=_read_severity(settings),
        budgets=_read_budgets(settings),
        annotations=bool(read("annotations", _read_flag)),
        strict=bool(read("strict", _read_flag)),
    )


def match_codes(text: str) -> list[str]:
    """The codes that a code or a prefix such as `SC5` stands for."""
    from shapecalc.diagnostics.codes import CODES

    return [code for code in CODES if len(text) > 2 and code.startswith(text.upper())]


def _refuse(settings: SettingsFile, keys: _Keys, wanted: str, value: Any, help: str | None = None) -> Any:
    label = f"{settings.write_header(*keys[:-1])}`{shorten(keys[-1])}`"
    raise settings.fault(keys, f"{label} must be {wanted}, got {write_toml(value)}", help)


def _read_flag(settings: SettingsFile, keys: _Keys, value: Any) -> bool:
    return value if isinstance(value, bool) else bool(_refuse(settings, keys, "true or false", value))


def _read_globs(settings: SettingsFile, keys: _Keys, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        _refuse(settings, keys, 'a list of globs such as ["legacy", "**/old_*.yaml"]', value)
    return tuple(value)


def _read_codes(settings: SettingsFile, keys: _Keys, value: Any) -> tuple[str, ...]:
    """Codes, or prefixes of some, in a list or in one text with commas between."""
    texts = value.split(",") if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        _refuse(settings, keys, 'a list of codes such as ["SC505", "SC2"]', value)
    codes = tuple(text.strip().upper() for text in texts if text.strip())
    for code in codes:
        _require_code(settings, keys, code)
    return codes


def _require_code(settings: SettingsFile, keys: _Keys, code: str) -> None:
    if match_codes(code):
        return
    from shapecalc.diagnostics.codes import CODES

    guess = did_you_mean(code, CODES)
    label = settings.write_header(*keys[:-1])
    help = f"did you mean `{guess}`?" if guess else "`shapecalc explain CODE` is the page of a code"
    raise settings.fault(keys, f"{label}there is no code `{shorten(code)}`", help)


def _read_per_file(settings: SettingsFile) -> tuple[tuple[str, tuple[str, ...]], ...]:
    name = "per-file-ignores"
    return tuple((glob, _read_codes(settings, (name, glob), value)) for glob, value in settings.subtable(name).items())


def _read_severity(settings: SettingsFile) -> tuple[tuple[str, str], ...]:
    severities = []
    for code, value in settings.subtable("severity").items():
        keys = ("severity", code)
        _require_code(settings, keys, code)
        if value not in SEVERITIES:
            _refuse(settings, keys, f"one of {', '.join(SEVERITIES)}", value)
        severities.append((code.upper(), str(value)))
    return tuple(severities)


def _read_budgets(settings: SettingsFile) -> tuple[tuple[str, tuple[tuple[str, int | str], ...]], ...]:
    """The budgets by glob; those that stand in no table of a glob are for every file."""
    table = settings.subtable("budgets")
    common = [(name, table.pop(name)) for name in list(table) if not isinstance(table[name], dict)]
    budgets = [("*", _read_limits(settings, ("budgets",), common))] if common else []
    budgets += [
        (glob, _read_limits(settings, ("budgets", glob), settings.subtable("budgets", glob).items())) for glob in table
    ]
    return tuple(budgets)


def _read_limits(
    settings: SettingsFile, tables: _Keys, limits: Iterable[tuple[str, Any]]
) -> tuple[tuple[str, int | str], ...]:
    """The limits of one table, each an amount."""
    from shapecalc.analysis.amounts import parse_amount

    amounts = []
    for name, value in limits:
        keys = (*tables, name)
        if name not in BUDGETS:
            guess = did_you_mean(name, BUDGETS)
            help = f"did you mean `{guess}`?" if guess else f"the budgets are {', '.join(BUDGETS)}"
            raise settings.fault(keys, f"{settings.write_header(*tables)}has no budget `{shorten(name)}`", help)
        if isinstance(value, bool) or not isinstance(value, (int, str)) or (isinstance(value, int) and value < 0):
            _refuse(settings, keys, 'an amount such as "5M" or "20MiB"', value)
        if isinstance(value, str):
            try:
                parse_amount(value)
            except ValueError as error:
                raise settings.fault(keys, f"{settings.write_header(*tables)}`{name}`: {error}") from None
        amounts.append((name, value))
    return tuple(amounts)
