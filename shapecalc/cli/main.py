"""The command line: the commands by name with their help lines, each imported when it is used."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from shapecalc import __version__

COMMANDS = {
    "summary": "The layers of models: shapes, parameters, totals.",
    "run": "Run a model in NumPy, and compare it with the summary.",
    "view": "A page to explore a model in, with live sizes.",
    "check": "Check specs and folders of specs, for CI.",
    "annotate": "Shapes and parameters as comments in a spec.",
    "explain": "Where a layer's numbers come from; what a code means.",
    "diff": "What changed between two models, layer by layer.",
    "solve": "The largest value of a size that stays within a limit.",
    "sweep": "Measure a model for every combination of values.",
    "devices": "The devices that models are held against.",
    "layers": "The layer types; one type's arguments and formulas.",
    "models": "The published models that come with it; one's spec.",
    "init": "A starter spec of a kind, to be changed.",
    "convert": "Read and write other notations: Keras, Graphviz, ...",
    "schema": "The JSON Schema of model specs, for editors.",
    "completion": "A completion script for bash, zsh or fish.",
    "lsp": "A language server, for editors.",
}


class Lazy(click.Group):
    """Commands that are imported when they are used; `lines` are their help lines."""

    lines = COMMANDS

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
            from shapecalc.cli.usage import refuse_command

            refuse_command(args[0], args[1:], list(COMMANDS), ctx)
        name, command, rest = super().resolve_command(ctx, args)
        if (
            command is not None
            and not ctx.resilient_parsing
            and any(not word.strip() or word[-1] == "=" for word in rest)
        ):
            from shapecalc.cli.empty_values import refuse_empty

            refuse_empty(command, click.Context(command, ctx, name), rest)
        if command is not None and not ctx.resilient_parsing and not _asks_for_help(rest):
            _read_settings(ctx, command, name or "")
        return name, command, rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _asks_for_help(words: list[str]) -> bool:
    return "--help" in words or "-h" in words


def _read_settings(ctx: click.Context, command: click.Command, name: str) -> None:
    """Takes the defaults of a command from the settings of the project, which stay in `ctx.obj`."""
    from shapecalc.cli.settings.file import find_settings

    ctx.obj = find_settings()
    if ctx.obj is not None:
        from shapecalc.cli.settings.defaults import read_defaults

        ctx.default_map = {name: read_defaults(ctx.obj, command, list(COMMANDS))}


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="shapecalc", message="%(prog)s, version %(version)s")
def cli() -> None:
    """Count the shapes, parameters and costs of neural networks from a YAML spec, without a framework.

    \b
    Examples:
      shapecalc summary model.yaml
      shapecalc explain model.yaml lstm
      shapecalc check specs/ --run
    """


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code: 0 clean, 1 findings, 2 usage, unreadable or internal error."""
    from shapecalc.cli.program import run_program

    return run_program(cli, argv)


if __name__ == "__main__":
    sys.exit(main())
