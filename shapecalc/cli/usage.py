"""The faults of a command line, in words of our own: click's differ from version to version."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import click

from shapecalc.diagnostics import Diagnostic, did_you_mean, error, shorten


class Command(click.Command):
    """A command that words its own refusals of values and arguments."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        words = list(args)
        ctx.allow_extra_args = True
        try:
            rest = super().parse_args(ctx, args)
        except click.MissingParameter:
            raise
        except click.BadParameter as error:
            self.refuse_value(ctx, error.param, words)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise
        if rest and not ctx.resilient_parsing:
            raise click.UsageError(f"`{self.name}` takes no further word: `{shorten(rest[0])}` is one too many", ctx)
        return rest

    def refuse_value(self, ctx: click.Context, param: click.Parameter | None, words: list[str]) -> NoReturn:
        """Raises click.UsageError for a value that its type does not take."""
        assert param is not None
        given = read_raw_values(self, ctx, words).get(param.name or "")
        raise click.UsageError(f"{_name_parameter(param)} must be {_list_values(param)}, got `{shorten(given)}`", ctx)


def command(name: str) -> Callable[[Callable[..., Any]], Command]:
    """A decorator: the function as the command of that name."""
    return click.command(name, cls=Command)


def read_raw_values(command: click.Command, ctx: click.Context, words: Sequence[str]) -> dict[str, Any]:
    """The texts on a command line by parameter, before their types are asked. Raises click.UsageError."""
    try:
        return dict(command.make_parser(ctx).parse_args(list(words))[0])
    except click.UsageError as error:
        error.ctx = error.ctx or ctx
        raise


class Misused(click.UsageError):
    """A command line with a way out that is better than the command's `--help`."""

    def __init__(self, message: str, ctx: click.Context | None, way_out: str) -> None:
        super().__init__(message, ctx)
        self.way_out = way_out


OTHER_WORDS = {
    "show": "summary", "print": "summary", "info": "summary", "count": "summary", "params": "summary",
    "view": "summary", "shapes": "summary", "table": "summary", "inspect": "summary", "describe": "summary",
    "lint": "check", "validate": "check", "test": "check", "verify": "check", "ci": "check",
    "forward": "run", "predict": "run", "infer": "run", "execute": "run", "eval": "run",
    "export": "convert", "import": "convert", "translate": "convert", "draw": "convert", "plot": "convert",
    "compare": "diff", "changes": "diff", "list": "layers", "types": "layers", "catalogue": "layers", "ops": "layers",
    "grid": "sweep", "max": "solve", "maximize": "solve", "largest": "solve", "why": "explain", "derive": "explain",
    "comment": "annotate", "annotation": "annotate",
    "man": "explain", "code": "explain", "json-schema": "schema", "completions": "completion",
}  # fmt: skip
"""The names of commands in other tools."""

OTHER_OPTIONS = {
    "-V": "--version", "-v": "--version", "--json": "--output-format json", "--csv": "--output-format csv",
    "--markdown": "--output-format markdown", "--format": "--output-format", "-f": "--output-format",
    "-o": "--output-format", "--output": "--output-format", "--cols": "--columns", "--batch-size": "--batch",
    "--batch_size": "--batch", "-b": "--batch", "--define": "--set", "-D": "--set", "-s": "--set", "--arg": "--set",
    "-u": "--update-expect", "--update": "--update-expect", "--update-snapshots": "--update-expect",
    "--snapshot-update": "--update-expect", "--diff": "--dry-run", "--in-place": "--write", "-i": "--write",
    "-w": "--write",
    "--help-all": "--help", "-help": "--help", "-?": "--help", "--param": "--for", "--variable": "--for",
}  # fmt: skip
"""The names of options in other tools."""


def refuse_command(name: str, rest: list[str], commands: list[str], ctx: click.Context) -> NoReturn:
    """Raises click.UsageError for a command that is not there, with the one that was meant."""
    message = f"there is no command `{shorten(name)}`"
    if name == "help":
        about = f" {rest[0]}" if rest and rest[0] in commands else ""
        raise Misused(message, ctx, f"write `shapecalc{about} --help`")
    if name == "version":
        raise Misused(message, ctx, "write `shapecalc --version`")
    if os.path.isdir(name):
        raise Misused(f"{shorten(name)} is a folder, not a command", ctx, f"write `shapecalc check {shorten(name)}`")
    if os.path.isfile(name) or name.endswith((".yaml", ".yml", ".keras", ".h5", ".json")):
        raise Misused(f"{shorten(name)} is a file, not a command", ctx, f"write `shapecalc summary {shorten(name)}`")
    guess = OTHER_WORDS.get(name.lower()) or did_you_mean(name, commands)
    raise Misused(message, ctx, f"did you mean `{guess}`?" if guess else "`shapecalc --help` lists the commands")


def make_finding(failure: click.ClickException) -> Diagnostic:
    """The finding for what click raised."""
    context = getattr(failure, "ctx", None)
    path = context.command_path if context is not None else "shapecalc"
    help = getattr(failure, "way_out", None) or _guess_option(failure) or _find_example(failure)
    help = help or f"`{path} --help` lists what it takes"
    return error("SC608", _write_message(failure), help=help)


def _find_example(error: click.ClickException) -> str | None:
    """The first example of a command that lacks a word."""
    if not isinstance(error, click.MissingParameter) or error.ctx is None:
        return None
    _, _, examples = (error.ctx.command.help or "").partition("Examples:\n")
    first = examples.strip().split("\n")[0].strip()
    return f"for example `{first}`; `{error.ctx.command_path} --help` lists what it takes" if first else None


def _guess_option(error: click.ClickException) -> str | None:
    """The option that was meant by one that is not there."""
    if not isinstance(error, click.NoSuchOption):
        return None
    name = error.option_name
    command = error.ctx.command if error.ctx else None
    names = [option for param in (command.params if command else []) for option in param.opts if option[:1] == "-"]
    friend = OTHER_OPTIONS.get(name)
    if friend == "--version":
        return "write `shapecalc --version`"
    if friend is not None and friend.split()[0] in names:
        return f"write `{friend}`"
    begun = [option for option in names if option.startswith(name)]
    guess = begun[0] if begun else did_you_mean(name, names)
    if guess is None and isinstance(command, click.Group):
        guess = did_you_mean(name, command.list_commands(error.ctx))  # type: ignore[arg-type]
    return f"did you mean `{guess}`?" if guess else None


def _write_message(error: click.ClickException) -> str:
    if isinstance(error, click.NoSuchOption):
        return f"there is no option `{shorten(error.option_name)}`"
    if isinstance(error, click.MissingParameter) and error.param is not None:
        choices = f": it must be {_list_values(error.param)}" if isinstance(error.param.type, click.Choice) else ""
        return f"{_name_parameter(error.param)} is missing{choices}"
    if isinstance(error, click.BadOptionUsage):
        params = error.ctx.command.params if error.ctx else []
        takes_none = any(getattr(param, "is_flag", False) and error.option_name in param.opts for param in params)
        return f"{error.option_name} takes no value" if takes_none else f"{error.option_name}: the value is missing"
    if type(error) in (click.UsageError, Misused):
        return " ".join(error.message.split())  # one of our own
    return "these words cannot be read"


def _name_parameter(param: click.Parameter) -> str:
    """A parameter as users write it: `--batch`, `SPEC...`."""
    return param.opts[0] if isinstance(param, click.Option) else param.human_readable_name


def _list_values(param: click.Parameter) -> str:
    """The values that a parameter takes."""
    if isinstance(param.type, click.Choice):
        return f"one of {', '.join(map(str, param.type.choices))}"
    least = getattr(param.type, "min", None)
    return "a whole number" + ("" if least is None else f" of at least {least}")
