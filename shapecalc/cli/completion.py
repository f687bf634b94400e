"""`shapecalc completion`."""

from __future__ import annotations

import sys

import click

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> int:
    """Print a script that completes commands, options, layer types and codes.

    \b
    Examples:
      eval "$(shapecalc completion bash)"                 # in ~/.bashrc
      eval "$(shapecalc completion zsh)"                  # in ~/.zshrc
      shapecalc completion fish > ~/.config/fish/completions/shapecalc.fish
    """
    sys.stdout.write(script(shell))
    return 0


def script(shell: str) -> str:
    """The script that is kept in `completions/`: it asks `shapecalc` itself what could follow."""
    from click.shell_completion import get_completion_class

    from shapecalc.cli.main import COMPLETION, cli

    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"no completion for {shell}")
    completion = made(cli, {}, "shapecalc", COMPLETION)
    # Not `source()`: for bash it runs the bash that is installed, to check its version.
    text: str = completion.source_template % completion.source_vars()
    return text.strip() + "\n"
