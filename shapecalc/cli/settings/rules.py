"""The settings that `check` holds files to, as CheckRules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from shapecalc.cli.checking.codes import parse_codes, parse_optional_codes
from shapecalc.cli.checking.rules import CheckRules
from shapecalc.cli.settings.defaults import write_toml
from shapecalc.cli.settings.file import SettingsFile
from shapecalc.diagnostics import did_you_mean, shorten

BUDGETS = ("max-params", "max-macs", "max-weights", "max-memory", "max-training")
CONDITIONS = ("batch", "optimizer", "set", "device")
"""What stands beside budgets: the batch size and optimizer of memory, numbers for sizes that have a name, and a device
whose memory is the budget.
"""
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


def _refuse(settings: SettingsFile, keys: _Keys, wanted: str, value: Any, help: str | None = None) -> Any:
    label = f"{settings.write_header(*keys[:-1])}`{shorten(keys[-1])}`"
    raise settings.fault(keys, f"{label} must be {wanted}, got {write_toml(value)}", help)


def _read_flag(settings: SettingsFile, keys: _Keys, value: Any) -> bool:
    return value if isinstance(value, bool) else bool(_refuse(settings, keys, "true or false", value))


def _read_globs(settings: SettingsFile, keys: _Keys, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        _refuse(settings, keys, 'a list of globs such as ["legacy", "**/old_*.yaml"]', value)
    return tuple(_require_glob(settings, keys, glob) for glob in value)


def _require_glob(settings: SettingsFile, keys: _Keys, glob: str) -> str:
    """The glob, unless signs of other tools' globs stand in it, which would mean nothing here."""
    if glob.startswith("!"):
        message, help = "no glob takes back what others name", "leave it out, and make the others narrower"
    elif "{" in glob or "}" in glob:
        message, help = "braces are not read", "write a glob for each of the words in them"
    else:
        return glob
    header = settings.write_header(*keys[:-1])
    name = "" if keys[-1] == glob else f"`{keys[-1]}`: "
    raise settings.fault(keys, f"{header}{name}`{shorten(glob)}`: {message}", help)


def _read_codes(settings: SettingsFile, keys: _Keys, value: Any) -> tuple[str, ...]:
    """Codes, or beginnings of some, in a list or in one text with commas between."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        _refuse(settings, keys, 'a list of codes such as ["SC505", "SC2"]', value)
    return _parse_codes(settings, keys, parse_codes if keys[-1] == "select" else parse_optional_codes, texts)


def _parse_codes(
    settings: SettingsFile, keys: _Keys, parse: Callable[[list[str]], tuple[str, ...]], texts: list[str]
) -> tuple[str, ...]:
    try:
        return parse(texts)
    except ValueError as error:
        raise settings.fault(keys, f"{settings.write_header(*keys[:-1])}`{shorten(keys[-1])}`: {error}") from None


def _read_per_file(settings: SettingsFile) -> tuple[tuple[str, tuple[str, ...]], ...]:
    name = "per-file-ignores"
    return tuple(
        (_require_glob(settings, (name, glob), glob), _read_codes(settings, (name, glob), value))
        for glob, value in settings.subtable(name).items()
    )


def _read_severity(settings: SettingsFile) -> tuple[tuple[str, str], ...]:
    severities = []
    for name, value in settings.subtable("severity").items():
        keys = ("severity", name)
        codes = _parse_codes(settings, keys, parse_optional_codes, [name])
        if value not in SEVERITIES:
            help = (
                f'`ignore = ["{shorten(name)}"]` leaves it out' if value in ("off", "ignore", "none", False) else None
            )
            _refuse(settings, keys, f"one of {', '.join(SEVERITIES)}", value, help)
        severities += [(code, str(value)) for code in codes]
    return tuple(severities)


def _read_budgets(settings: SettingsFile) -> tuple[tuple[str, tuple[tuple[str, int | str], ...]], ...]:
    """The budgets by glob; those that stand in no table of a glob are for every file."""
    table = settings.subtable("budgets")
    common = [(name, table.pop(name)) for name in list(table) if name == "set" or not isinstance(table[name], dict)]
    budgets = [("*", _read_limits(settings, ("budgets",), common))] if common else []
    budgets += [
        (
            _require_glob(settings, ("budgets", glob), glob),
            _read_limits(settings, ("budgets", glob), settings.subtable("budgets", glob).items()),
        )
        for glob in table
    ]
    return tuple(budgets)


def _read_limits(
    settings: SettingsFile, tables: _Keys, limits: Iterable[tuple[str, Any]]
) -> tuple[tuple[str, int | str], ...]:
    """The limits of one table, each an amount, and what they are held to; sizes as `set.NAME`."""
    amounts: list[tuple[str, int | str]] = []
    for name, value in limits:
        keys = (*tables, name)
        if name == "set":
            amounts += _read_sizes(settings, keys)
        elif name == "batch":
            amounts.append((name, _read_whole(settings, keys, value, 1)))
        elif name == "optimizer":
            amounts.append((name, _read_optimizer(settings, keys, value)))
        elif name == "device":
            amounts.append((name, _read_device(settings, keys, value)))
        elif name in BUDGETS:
            amounts.append((name, _read_amount(settings, keys, value)))
        else:
            known = (*BUDGETS, *CONDITIONS)
            guess = did_you_mean(name, known)
            help = f"did you mean `{guess}`?" if guess else f"the budgets are {', '.join(known)}"
            raise settings.fault(keys, f"{settings.write_header(*tables)}has no budget `{shorten(name)}`", help)
    return tuple(amounts)


def _read_amount(settings: SettingsFile, keys: _Keys, value: Any) -> int | str:
    from shapecalc.analysis.amounts import parse_amount

    if isinstance(value, bool) or not isinstance(value, (int, str)) or (isinstance(value, int) and value < 0):
        _refuse(settings, keys, 'an amount such as "5M" or "20MiB"', value)
    if isinstance(value, str):
        try:
            parse_amount(value)
        except ValueError as error:
            raise settings.fault(keys, f"{settings.write_header(*keys[:-1])}`{keys[-1]}`: {error}") from None
    return value  # type: ignore[no-any-return]


def _read_whole(settings: SettingsFile, keys: _Keys, value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        _refuse(settings, keys, f"a whole number of at least {least}", value)
    return int(value)


def _read_optimizer(settings: SettingsFile, keys: _Keys, value: Any) -> str:
    from shapecalc.training.optimizers import OPTIMIZERS

    if not isinstance(value, str) or value not in OPTIMIZERS:
        guess = did_you_mean(value, OPTIMIZERS) if isinstance(value, str) else None
        help = f"did you mean `{guess}`?" if guess else None
        _refuse(settings, keys, f"one of {', '.join(OPTIMIZERS)}", value, help)
    return str(value)


def _read_device(settings: SettingsFile, keys: _Keys, value: Any) -> str:
    from shapecalc.analysis.devices import find_device

    if not isinstance(value, str):
        _refuse(settings, keys, 'the name of a device such as "h100-80g"', value)
    try:
        return find_device(value).name
    except ValueError as error:
        raise settings.fault(keys, f"{settings.write_header(*keys[:-1])}`{keys[-1]}`: {error}") from None


def _read_sizes(settings: SettingsFile, keys: _Keys) -> list[tuple[str, int | str]]:
    """The numbers that `set` gives sizes."""
    sizes = settings.subtable(*keys)
    return [(f"set.{name}", _read_whole(settings, (*keys, name), value, 1)) for name, value in sizes.items()]
