"""What is wrong with a command line, in words of our own: click's differ from version to version."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import click

from shapecalc.diagnostics import Diagnostic, did_you_mean, shorten


class Command(click.Command):
    """A command that says itself which values and words it does not take."""

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
        given = raw_values(self, ctx, words).get(param.name or "")
        raise click.UsageError(f"{_name(param)} must be {_values(param)}, got `{shorten(given)}`", ctx)


def command(name: str) -> Callable[[Callable[..., Any]], Command]:
    """A decorator: the function as the command of that name."""
    return click.command(name, cls=Command)


def raw_values(command: click.Command, ctx: click.Context, words: Sequence[str]) -> dict[str, Any]:
    """The texts on a command line by parameter, before their types are asked. Raises click.UsageError."""
    try:
        return dict(command.make_parser(ctx).parse_args(list(words))[0])
    except click.UsageError as error:
        error.ctx = error.ctx or ctx
        raise


def unknown_command(name: str, commands: list[str], ctx: click.Context) -> NoReturn:
    """Raises click.UsageError for a command that is not there."""
    guess = did_you_mean(name, commands)
    more = f"; did you mean `{guess}`?" if guess else ""
    raise click.UsageError(f"there is no command `{shorten(name)}`{more}", ctx)


def finding(error: click.ClickException) -> Diagnostic:
    """What click raised, as a finding."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "shapecalc"
    return Diagnostic("SC608", "error", "", _message(error), help=f"`{path} --help` lists what it takes")


def _message(error: click.ClickException) -> str:
    if isinstance(error, click.NoSuchOption):
        params = error.ctx.command.params if error.ctx else []
        names = [name for param in params for name in param.opts if name[:1] == "-"]
        begun = [name for name in names if name.startswith(error.option_name)]
        guess = begun[0] if begun else did_you_mean(error.option_name, names)
        return f"there is no option `{shorten(error.option_name)}`" + (f"; did you mean `{guess}`?" if guess else "")
    if isinstance(error, click.MissingParameter) and error.param is not None:
        choices = f": it must be {_values(error.param)}" if isinstance(error.param.type, click.Choice) else ""
        return f"{_name(error.param)} is missing{choices}"
    if isinstance(error, click.BadOptionUsage):
        params = error.ctx.command.params if error.ctx else []
        takes_none = any(getattr(param, "is_flag", False) and error.option_name in param.opts for param in params)
        return f"{error.option_name} takes no value" if takes_none else f"{error.option_name}: the value is missing"
    if type(error) is click.UsageError:
        return " ".join(error.message.split())  # one of our own
    return "these words cannot be read"


def _name(param: click.Parameter) -> str:
    """What users write: `--batch`, `SPEC...`."""
    return param.opts[0] if isinstance(param, click.Option) else param.human_readable_name


def _values(param: click.Parameter) -> str:
    """The values that a parameter takes."""
    if isinstance(param.type, click.Choice):
        return f"one of {', '.join(map(str, param.type.choices))}"
    least = getattr(param.type, "min", None)
    return "a whole number" + ("" if least is None else f" of at least {least}")
