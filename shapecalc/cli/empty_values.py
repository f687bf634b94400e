"""Options that were given nothing: `--columns ''`, `--out=`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from shapecalc.cli.usage import read_raw_values

EXAMPLES = {
    "--accumulate": "4",
    "--add": "params,output",
    "--batch": "8",
    "--checkpoint": "Encoder",
    "--columns": "macs,memory",
    "--dask": "localhost:8786",
    "--depth": "2",
    "--device": "h100-80g",
    "--dtype": "bfloat16",
    "--for": "units",
    "--ignore": "SC505",
    "--input": "random",
    "--jobs": "4",
    "--max": "512",
    "--max-macs": "4G",
    "--max-memory": "2GiB",
    "--max-params": "1M",
    "--max-weights": "20MiB",
    "--measure": "memory,flops",
    "--min": "1",
    "--names": "names.json",
    "--opset": "18",
    "--out": "result.txt",
    "--output-file": "report.txt",
    "--pareto": "params,macs",
    "--save": "outputs.npz",
    "--save-weights": "weights.npz",
    "--seed": "1",
    "--select": "SC4,SC501",
    "--set": "units=64",
    "--since": "main",
    "--sort": "params",
    "--step": "64",
    "--training": "adam",
    "--weights": "trained.npz",
    "--weights-out": "constants.npz",
    "--where": "params<=5M",
}
"""A value for each option that is no choice among words."""


def refuse_empty(command: click.Command, ctx: click.Context, arguments: Sequence[str]) -> None:
    """Raises click.UsageError for the first option of a command that has an empty value."""
    given = read_raw_values(command, ctx, arguments)
    for option in command.params:
        if isinstance(option, click.Option) and not option.is_flag:
            value = given.get(option.name or "")
            texts = value if isinstance(value, list) else [value]
            if any(isinstance(text, str) and not text.strip() for text in texts):
                name = option.opts[0]
                raise click.UsageError(f"{name}: the value is empty; for example `{name} {_find_example(option)}`", ctx)


def _find_example(option: click.Option) -> str:
    choices = getattr(option.type, "choices", None)
    return str(choices[0]) if choices else EXAMPLES[option.opts[0]]
