"""Defaults of a command's options, read of the settings with the option's own type, and only when that command runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from shapecalc.diagnostics import did_you_mean, shorten

if TYPE_CHECKING:
    from shapecalc.cli.settings.file import SettingsFile

SHARED = (
    "batch", "columns", "depth", "device", "dtype", "ignore", "jobs", "max-memory", "output-format", "seed", "select",
    "strict", "training",
)  # fmt: skip
"""Options that may be set for all commands that have them, outside of the tables of commands."""

RULES = ("include", "exclude", "per-file-ignores", "severity", "budgets", "annotations")
"""Settings that are no options: what `check` holds files to."""


def read_defaults(settings: SettingsFile, command: click.Command, commands: list[str]) -> dict[str, Any]:
    """The defaults of a command by the names of its parameters; its table wins over what all commands share.

    `commands` are the names of all. Raises Fault with SC608 for what concerns this command and is wrong.
    """
    name = command.name or ""
    _refuse_unknown_keys(settings, commands)
    params = {key: param for param in command.params for key in _list_keys(param)}
    defaults: dict[str, Any] = {}
    for key in SHARED:
        # `solve --max-memory` is a limit of the question, not what a run may take: another parameter.
        if key in settings.table and key in params and params[key].name == key.replace("-", "_"):
            value = settings.table[key]
            if not _is_choice_of_others(params[key], value, key, commands):
                defaults[params[key].name or ""] = _read_default(settings, (key,), params[key], value, command)
    for key, value in settings.subtable(name).items():
        if key not in params:
            guess = did_you_mean(key, params)
            help = f"did you mean `{guess}`?" if guess else f"`shapecalc {name} --help` lists its options"
            if key in RULES:
                help = f"it is no option: write it {_name_top(settings)}"
            header = settings.write_header(name)
            raise settings.fault((name, key), f"{header}has no setting `{shorten(key)}`", help)
        defaults[params[key].name or ""] = _read_default(settings, (name, key), params[key], value, command)
    return defaults


def _list_keys(param: click.Parameter) -> list[str]:
    """The keys that set an option: `output-format` for `--output-format`."""
    return [opt[2:] for opt in param.opts if opt.startswith("--")] if isinstance(param, click.Option) else []


def _name_top(settings: SettingsFile) -> str:
    header = settings.write_header().strip()
    return f"in `{header}`" if header else "above all tables"


def _refuse_unknown_keys(settings: SettingsFile, commands: list[str]) -> None:
    known = (*SHARED, *RULES, *commands)
    for key in settings.table:
        if key in known:
            continue
        owners = [name for name in commands if key in list_options(name)]
        if owners:
            tables = " or ".join(f"`{settings.write_header(name).strip()}`" for name in owners)
            help = f"write it in {tables}"
        else:
            guess = did_you_mean(key, known)
            help = f"did you mean `{guess}`?" if guess else f"the settings are {', '.join((*SHARED, *RULES))}"
        raise settings.fault((key,), f"{settings.write_header()}has no setting `{shorten(key)}`".lstrip(), help)


def list_options(command: str) -> dict[str, click.Parameter]:
    """The options of a command by key."""
    from importlib import import_module

    params: list[click.Parameter] = import_module(f"shapecalc.cli.{command}").command.params
    return {key: param for param in params for key in _list_keys(param)}


def _is_choice_of_others(param: click.Parameter, value: Any, key: str, commands: list[str]) -> bool:
    """Whether a word that this command does not offer is one that another command does: `sarif` of `check`."""
    if not isinstance(param.type, click.Choice) or value in param.type.choices:
        return False
    others = [list_options(name).get(key) for name in commands]
    return any(value in getattr(other.type, "choices", ()) for other in others if other is not None)


def _read_default(
    settings: SettingsFile, keys: tuple[str, ...], param: click.Parameter, value: Any, command: click.Command
) -> Any:
    """The value in the form in which click takes a default, tried once. Raises Fault with SC608."""
    label = f"{settings.write_header(*keys[:-1])}`{keys[-1]}`"
    try:
        given = _to_words(param, value)
        param.process_value(click.Context(command, info_name=command.name), given)
    except (ValueError, click.BadParameter):
        raise settings.fault(keys, f"{label} must be {_name_values(param)}, got {write_toml(value)}") from None
    except click.UsageError as error:
        words = " ".join(error.message.split()).removeprefix(f"--{keys[-1]}: ")
        raise settings.fault(keys, f"{label}: {words}") from None
    return given


def _to_words(param: click.Parameter, value: Any) -> Any:
    """The value as an option's words; those of a list with commas between. Raises ValueError for another type."""
    if getattr(param, "is_flag", False):
        return _require(bool, value)
    if param.multiple:
        return tuple(_write_word(item) for item in (value if isinstance(value, list) else [value]))
    if isinstance(param.type, (click.types.IntParamType, click.types.FloatParamType)):
        return _require(int, value)
    if isinstance(value, list) and (param.type is click.STRING or hasattr(param.type, "takes_several")):
        return ",".join(_write_word(item) for item in value)
    return _write_word(value)


def _require(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise ValueError
    return value


def _write_word(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError
    return str(value)


def _name_values(param: click.Parameter) -> str:
    """What a setting takes, in words."""
    if getattr(param, "is_flag", False):
        return "true or false"
    if isinstance(param.type, click.Choice):
        return f"one of {', '.join(map(str, param.type.choices))}"
    least = getattr(param.type, "min", None)
    if isinstance(param.type, click.types.IntParamType) or least is not None:
        return "a whole number" + ("" if least is None else f" of at least {least}")
    if param.multiple:
        return "a list of texts"
    return "a text" if isinstance(param.type, click.Path) else "a text or a list of texts"


def write_toml(value: Any) -> str:
    """A value for a message, as TOML writes it where that is short."""
    return shorten(str(value).lower() if isinstance(value, bool) else value)
