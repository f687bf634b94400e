"""The least a command with click, PyYAML and rich can do: read the spec, print a table that is known beforehand."""

from __future__ import annotations

import sys

import click
import yaml
from rich import box
from rich.console import Console
from rich.table import Table

ROWS = (("lstm (LSTM)", "(None, 5, 5)", "140"), ("time_distributed (TimeDistributed)", "(None, 5, 1)", "6"))


@click.group()
def cli() -> None:
    """A group with one command, as the real program has several."""


@cli.command()
@click.argument("spec")
def summary(spec: str) -> None:
    """Prints the table of specs/tutorial/many_to_many.yaml."""
    with open(spec, encoding="utf-8") as file:
        model = yaml.load(file, Loader=yaml.CSafeLoader)
    table = Table(box=box.HEAVY_HEAD, show_lines=True)
    table.add_column("Layer (type)")
    table.add_column("Output Shape")
    table.add_column("Param #", justify="right")
    for row in ROWS:
        table.add_row(*row)
    console = Console(file=sys.stdout, width=100, highlight=False)
    console.print(f'Model: "{model["name"]}"')
    console.print(table)
    console.print(" Total params: 146 (584.00 B)")
    console.print(" Trainable params: 146 (584.00 B)")
    console.print(" Non-trainable params: 0 (0.00 B)")


if __name__ == "__main__":
    cli(["summary", *sys.argv[1:]])
