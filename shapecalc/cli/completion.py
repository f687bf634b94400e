"""`shapecalc completion`."""

from __future__ import annotations

import os
import sys

import click

import shapecalc
from shapecalc.cli import usage

SHELLS = ("bash", "zsh", "fish")

_PACKAGE = os.path.dirname(os.path.abspath(shapecalc.__file__))
_FOLDERS = (os.path.join(_PACKAGE, "completions"), os.path.join(os.path.dirname(_PACKAGE), "completions"))
"""The folders of the scripts when installed, and in a checkout. They are our own: click's differ between versions."""


@usage.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> int:
    """Print a script that completes commands, options, and what a model has: layers, arguments, sizes.

    \b
    Examples:
      eval "$(shapecalc completion bash)"                 # in ~/.bashrc
      eval "$(shapecalc completion zsh)"                  # in ~/.zshrc
      shapecalc completion fish > ~/.config/fish/completions/shapecalc.fish
    """
    sys.stdout.write(write_script(shell))
    return 0


def write_script(shell: str) -> str:
    """The script for a shell: it asks `shapecalc` itself what could follow."""
    path = next(path for folder in _FOLDERS if os.path.isfile(path := os.path.join(folder, f"shapecalc.{shell}")))
    with open(path, encoding="utf-8") as file:
        return file.read()
