"""The command line: names and help lines of the commands, and the guard around them."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from shapecalc import __version__
from shapecalc.cli.faults import found_in, is_for_the_caller
from shapecalc.diagnostics import Diagnostic, error

COMMANDS = {
    "summary": "The layers of models: shapes, parameters, totals.",
    "run": "Run a model in NumPy and compare with what was inferred.",
    "check": "Check specs and folders of specs, for CI.",
    "explain": "Where a layer's numbers come from; what a code means.",
    "diff": "What changed between two models, layer by layer.",
    "solve": "The largest value of a size that keeps a limit.",
    "sweep": "Measure a model for every combination of values.",
    "layers": "The layer types; one type's arguments and formulas.",
    "convert": "To and from other notations.",
    "schema": "The JSON Schema of model specs, for editors.",
    "completion": "A completion script for bash, zsh or fish.",
}

COMPLETION = "_SHAPECALC_COMPLETE"
INTERRUPTED = 130  # 128 + SIGINT
BROKEN_PIPE = 141  # 128 + SIGPIPE


class Lazy(click.Group):
    """Commands that are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        from importlib import import_module

        command: click.Command = import_module(f"shapecalc.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and args[0][:1] != "-" and not ctx.resilient_parsing:
            from shapecalc.cli.usage import unknown_command

            unknown_command(args[0], args[1:], list(COMMANDS), ctx)
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None and not ctx.resilient_parsing and any(not one.strip() or one[-1] == "=" for one in rest):
            from shapecalc.cli.empty_values import refuse_empty

            refuse_empty(command, click.Context(command, ctx, name), rest)
        return name, command, rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        from shapecalc.cli.settings import default_map

        ctx.default_map = default_map(COMMANDS)
        return super().invoke(ctx)


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="shapecalc", message="%(prog)s, version %(version)s")
def cli() -> None:
    """Shapes, parameters and costs of neural networks, from a YAML spec and without a framework.

    \b
    Examples:
      shapecalc summary model.yaml
      shapecalc explain model.yaml lstm
      shapecalc check specs/ --run
    """


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code: 0 clean, 1 findings, 2 usage, unreadable or internal error."""
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_errors_of(stream.encoding))
    from shapecalc.cli.signals import Ended, heeded

    try:
        with heeded():
            code = _guarded(argv)
            sys.stdout.flush()
    except BrokenPipeError:
        # What is still in the buffer would fail again when the interpreter closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _report(_unwritable(error))
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except Ended as ended:
        return ended.code
    gc.freeze()  # Python collects once more at its end, and would walk all that goes away by itself
    return code


def _guarded(argv: Sequence[str] | None) -> int:
    """The exit code of a command, whatever it raises."""
    if COMPLETION in os.environ:
        cli.main(prog_name="shapecalc", complete_var=COMPLETION)
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments in ([], ["--"]):
        arguments = ["--help"]
    try:
        # Not `cli.main`, which ends the process by itself where a pipe breaks.
        with cli.make_context("shapecalc", arguments) as context:
            code: int = cli.invoke(context)
            return code
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        from shapecalc.cli.usage import finding

        return _report(finding(error))
    except Exception as error:
        if is_for_the_caller(error):
            raise
        return _report(*found_in(error))


def _report(*diagnostics: Diagnostic) -> int:
    from shapecalc.render.findings.full import full

    sys.stderr.write(full(diagnostics, lambda file: []) + "\n")
    return 2


def _errors_of(encoding: str | None) -> str:
    """What becomes of characters that a stream's encoding has not: signs of ASCII in their place, else escapes."""
    if (encoding or "utf-8").lower().replace("-", "").startswith("utf"):
        return "backslashreplace"
    from shapecalc.render.plain import ERRORS, register

    register()
    return ERRORS


def _open_closed_streams() -> None:
    """What the caller closed (`>&-`) is None to Python; it is written to nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115


def _unwritable(failure: OSError) -> Diagnostic:
    return error("SC607", f"cannot write to standard output: {failure.strerror or failure}")


if __name__ == "__main__":
    sys.exit(main())
