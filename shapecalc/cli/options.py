"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from shapecalc.analysis.analyse import Settings
    from shapecalc.analysis.devices import Device
    from shapecalc.document.nodes import Node

F = TypeVar("F", bound=Callable[..., Any])

MAX_CHOICES = 1_000
_LONG_LIST = 50
"""Characters of a list of words that no longer stands beside its option."""


def output_format(*formats: str) -> Callable[[F], F]:
    """`--output-format` with the formats of this command, the first by default."""
    listed = ", ".join(formats)
    is_long = len(listed) > _LONG_LIST
    return click.option(
        "--output-format",
        type=click.Choice(formats),
        metavar="FORMAT" if is_long else None,
        default=formats[0],
        show_default=True,
        help=f"Print in this format: {listed}." if is_long else "Print in this format.",
    )


def is_chosen(parameter: str) -> bool:
    """Whether the command line or a settings file gives an option a value."""
    source = click.get_current_context().get_parameter_source(parameter)
    return source is not click.core.ParameterSource.DEFAULT


batch = click.option(
    "--batch", type=click.IntRange(min=1), metavar="N", help="Set the batch size; without this it is unknown."
)


assignments = click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set an argument or a declared size to a YAML value, or to a symbol with `?`. Repeatable.",
)


def values(command: F) -> F:
    """A decorator that adds `--set` and `--batch`, which `read_settings` reads."""
    return assignments(batch(command))


depth = click.option(
    "--depth",
    type=click.IntRange(min=1),
    metavar="N",
    default=1,
    show_default=True,
    help="Open blocks, and layers that apply others, down to this level.",
)


exact = click.option("--exact", is_flag=True, help="Show an ONNX file node by node, as it is.")

unfold = click.option("--unfold", is_flag=True, help="Show equal rounds of a repeat line by line.")


def read_device(ctx: click.Context, param: click.Parameter, value: str | None) -> Device | None:
    """The device of a name."""
    if value is None:
        return None
    from shapecalc.analysis.devices import find_device

    try:
        return find_device(value)
    except ValueError as error:
        name = param.opts[0] if isinstance(param, click.Option) else "DEVICE"
        raise click.UsageError(f"{name}: {error}", ctx) from None


device = click.option(
    "--device",
    callback=read_device,
    metavar="NAME",
    help="Hold the model against this device, e.g. h100-80g; `shapecalc devices` lists them.",
)


def _read_dtype(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """A dtype or a mixed policy."""
    if value is None:
        return None
    from shapecalc.diagnostics import did_you_mean, shorten
    from shapecalc.layers.arguments.names import DTYPE_FRIENDS, DTYPES, POLICIES

    name = value.strip().lower()
    if name not in (*DTYPES, *POLICIES):
        guess = did_you_mean(name, (*DTYPES, *POLICIES), DTYPE_FRIENDS)
        words = f"did you mean `{guess}`?" if guess else f"the dtypes are {', '.join((*DTYPES, *POLICIES))}"
        raise click.UsageError(f"--dtype: there is no dtype `{shorten(value)}`; {words}", ctx)
    return name


dtype = click.option(
    "--dtype",
    callback=_read_dtype,
    metavar="DTYPE",
    help="The dtype of layers that give none, in place of the model's: bfloat16, mixed_float16, ...",
)

kv_cache = click.option(
    "--kv-cache", is_flag=True, help="Show the bytes per token that a decoder keeps of keys and values."
)


def _read_optimizer(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """The name of an optimizer."""
    if value is None:
        return None
    from shapecalc.diagnostics import did_you_mean, shorten
    from shapecalc.training.optimizers import OPTIMIZERS

    name = value.strip().lower().replace("-", "_")
    if name not in OPTIMIZERS:
        guess = did_you_mean(name, OPTIMIZERS)
        words = f"did you mean `{guess}`?" if guess else f"the optimizers are {', '.join(OPTIMIZERS)}"
        raise click.UsageError(f"--training: there is no optimizer `{shorten(value)}`; {words}", ctx)
    return name


_optimizer = click.option(
    "--training",
    callback=_read_optimizer,
    metavar="OPTIMIZER",
    help="Count the memory of training, with gradients and the state of this optimizer: adam, adamw, sgd, momentum, "
    "rmsprop, ...",
)
_accumulate = click.option(
    "--accumulate",
    type=click.IntRange(min=1),
    default=1,
    metavar="N",
    help="Training adds up the gradients of so many steps before it updates.",
)
_checkpoint = click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    metavar="BLOCK",
    help="Training keeps the inputs of this block alone, and runs it again in the backward pass: a block's type or "
    "path. Repeatable.",
)


def training(command: F) -> F:
    """A decorator that adds `--training`, `--accumulate` and `--checkpoint`, which come as one `training`."""

    @wraps(command)
    def call(*given: Any, training: str | None, accumulate: int, checkpoints: tuple[str, ...], **named: Any) -> Any:
        if training is None:
            if accumulate > 1 or checkpoints:
                option = "--accumulate" if accumulate > 1 else "--checkpoint"
                raise click.UsageError(f"{option} is about training: add `--training adam`")
            return command(*given, training=None, **named)
        from shapecalc.training.peak import Training

        return command(*given, training=Training(training, accumulate, checkpoints), **named)

    return _optimizer(_accumulate(_checkpoint(call)))  # type: ignore[return-value]


def _read_columns(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    """Names of columns with commas between."""
    if not value:
        return ()
    from shapecalc.render.columns import COLUMNS

    return read_names(ctx, param, value, COLUMNS, "column", "columns")


def read_names(
    ctx: click.Context, param: click.Parameter, text: str, known: Iterable[str], kind: str, kinds: str
) -> tuple[str, ...]:
    """Names with commas between, each once, in lower case. Raises click.UsageError for those that are not known."""
    from shapecalc.diagnostics import did_you_mean, shorten

    option, words = param.opts[0], list(known)
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    if not names:
        example = ",".join(words[:2]) if kind != "column" else "macs,memory"
        raise click.UsageError(f"{option}: no {kind} is named; for example `{option} {example}`", ctx)
    for name in names:
        if name not in words:
            guess = did_you_mean(name, words)
            way_out = f"did you mean `{guess}`?" if guess else f"the {kinds} are {', '.join(words)}"
            raise click.UsageError(f"{option}: there is no {kind} `{shorten(name)}`; {way_out}", ctx)
    return tuple(dict.fromkeys(names))


columns = click.option(
    "--columns",
    default="",
    callback=_read_columns,
    metavar="NAMES",
    help="Add columns, with commas between: trainable, used, macs, flops, weights, bytes, activations, memory, mask, "
    "dtype, formula, line; params%, macs%, bytes%, activations%, memory% are shares of the whole.",
)


def _read_sort(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """The name of a column."""
    if value is None:
        return None
    from shapecalc.render.sorting import SORTABLE

    return read_names(ctx, param, value.replace(",", " "), SORTABLE, "column", "columns")[0]


sort = click.option(
    "--sort",
    callback=_read_sort,
    metavar="NAME",
    help="Sort by a column, numbers from the largest down: params, macs, name, ...; the layers of a block within it.",
)


def _read_bytes(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """An amount of memory."""
    if value is None:
        return None
    from shapecalc.analysis.amounts import parse_amount

    try:
        return int(parse_amount(value))
    except ValueError as error:
        raise click.UsageError(f"--max-memory: {error}", ctx) from None


seed = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Seed of the initial weights and of random inputs.",
)

max_memory = click.option(
    "--max-memory",
    callback=_read_bytes,
    metavar="SIZE",
    help="Use at most so much memory, e.g. 2GiB; default: what is free.",
)

specs = click.argument("specs", nargs=-1, required=True, type=click.Path(allow_dash=True), metavar="FILE...")


def read_settings(assignments: tuple[str, ...], batch: int | None, dtype: str | None = None) -> Settings:
    """What `--set`, `--batch` and `--dtype` say. Raises click.UsageError."""
    from shapecalc.analysis.analyse import Settings

    return Settings(
        {name: read_value(name, text) for name, text in split_assignments(assignments).items()}, batch, dtype
    )


def read_alternatives(
    assignments: tuple[str, ...], batches: tuple[int, ...], dtype: str | None = None
) -> list[tuple[dict[str, Any], Settings]]:
    """As `read_settings`, where `T=16,32` and `--batch 8,16` give several values: each combination of these, with its
    settings. Raises click.UsageError.
    """
    from itertools import product
    from math import prod

    from shapecalc.analysis.analyse import Settings

    texts = {name: split_values(text) for name, text in split_assignments(assignments).items()}
    count = prod(map(len, texts.values())) * max(len(batches), 1)
    if count > MAX_CHOICES:
        names = "--set" if len(batches) < 2 else "--batch" if count == len(batches) else "--set with --batch"
        raise click.UsageError(f"{names} gives {count:,} choices, more than the {MAX_CHOICES:,} that a table compares")
    values = {name: [read_value(name, text) for text in choices] for name, choices in texts.items()}
    varying = [name for name, choices in values.items() if len(choices) > 1]
    if len(batches) > 1 and "batch" in values:
        raise click.UsageError("--set and --batch both give `batch` values")
    settings = []
    for choice in product(*values.values()):
        given = dict(zip(values, choice, strict=True))
        for batch in batches or (None,):
            chosen = {name: given[name] for name in varying} | ({"batch": batch} if len(batches) > 1 else {})
            settings.append((chosen, Settings(given, batch, dtype)))
    return settings


def split_values(text: str) -> list[str]:
    """The texts between commas; a list, a mapping or a quoted text is one value."""
    return [text] if any(sign in text for sign in "[]{}'\"") else text.split(",")


def split_assignments(assignments: tuple[str, ...]) -> dict[str, str]:
    """The texts by name. Raises click.UsageError."""
    given: dict[str, str] = {}
    for assignment in assignments:
        name, sign, text = assignment.partition("=")
        name = name.strip()
        if not sign or not name:
            raise click.UsageError(f"--set takes NAME=VALUE, got {_write_short(assignment)}")
        if name in given:
            raise click.UsageError(f"--set gives {_write_short(name)} twice")
        given[name] = text
    return given


def read_value(name: str, text: str) -> Any:
    """The value that `--set NAME=TEXT` gives a name. Raises click.UsageError."""
    if not text.strip():
        example = _write_short(f"--set {name}=64")
        raise click.UsageError(f"--set {_write_short(name)}: the value is missing; for example {example}")
    if text.strip() == "?":
        from shapecalc.dims import symbol

        return symbol(name)
    from shapecalc.diagnostics import Fault
    from shapecalc.document.read import read

    try:
        document = read(text, "--set")
    except Fault as fault:
        raise click.UsageError(f"--set {_write_short(name)}: {fault.diagnostics[0].message}") from None
    if document.diagnostics:
        raise click.UsageError(f"--set {_write_short(name)}: {document.diagnostics[0].message}")
    return None if document.root is None else _read_plain(document.root)


def _read_plain(node: Node) -> Any:
    from shapecalc.document.nodes import MappingNode, ScalarNode, resolve

    if isinstance(node, ScalarNode):
        return resolve(node)
    if isinstance(node, MappingNode):
        return {key: _read_plain(value) for key, value in node.fields.items()}
    return [_read_plain(item) for item in node.items]


def _write_short(text: str) -> str:
    from shapecalc.diagnostics import shorten

    return f"`{shorten(text)}`"


def page_width() -> int:
    """The columns at which a page is folded: those of the terminal, within reason, else the usual 80."""
    from shapecalc.render.folding import LEAST_WIDTH, PAGE_WIDTH

    return max(terminal_width() or PAGE_WIDTH, LEAST_WIDTH)


def terminal_width() -> int | None:
    """The columns of the terminal that standard output is; None where it is not a terminal, and nothing is folded."""
    import shutil
    import sys

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
