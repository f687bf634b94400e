"""What a project asks of its specs: the settings of `check`, as plain data that other processes can be sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from shapecalc.analysis.analyse import Settings


class CheckRules(NamedTuple):
    """Settings of `[tool.shapecalc]` and options of the command line; globs are relative to the folder `root`.

    Codes may be beginnings of codes, such as `SC5`.
    """

    root: str = "."
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    severity: tuple[tuple[str, str], ...] = ()
    budgets: tuple[tuple[str, tuple[tuple[str, int | str], ...]], ...] = ()
    """A glob, and its limits by name: `("models/*.yaml", (("max-params", 5_000_000),))`.

    `batch`, `optimizer` and `set.NAME` are among the names: what limits are held to.
    """
    annotations: bool = False
    strict: bool = False


class Confirmation(NamedTuple):
    """How `--run` runs a model; where several processes do, `turns` is the file in which they say who may.

    `max_memory` is for all of them together: `processes` run models that take their part of it, or one runs alone.
    """

    batch: int
    seed: int
    max_memory: int | None
    processes: int = 1
    turns: int | None = None


class Update(NamedTuple):
    """What `--update-expect` does: keys that are added, and whether the changes are only shown."""

    add: tuple[str, ...] = ()
    dry_run: bool = False


class Changes(NamedTuple):
    """What is changed in files besides checking them."""

    update: Update | None = None
    fix: bool = False
    unsafe: bool = False
    """Whether fixes are made that are not safe."""
    dry_run: bool = False


class Output(NamedTuple):
    """What is to be printed, and where."""

    style: str
    """The output format."""
    is_chosen: bool
    """Whether the command line or a settings file names the format."""
    file: str | None = None
    """The file that takes the place of standard output."""
    quiet: bool = False
    """Whether the verdict is left out."""
    verbose: bool = False
    """Whether every file has a line."""


class Task(NamedTuple):
    """What is to be done with each file; the same for all, and sent to every process that checks some."""

    rules: CheckRules
    settings: Settings
    confirmation: Confirmation | None = None
    wants_models: bool = False
    """Whether the models are wanted as JSON."""
    since: str | None = None
    """The revision of git that models beyond a budget are compared with."""
    found: frozenset[str] = frozenset()
    """Files that nobody named: those that are no models are passed over."""
    update: Update | None = None
    """Whether expectations are written anew before they are judged."""
    wants_totals: bool = False
    """Whether a line about each file is wanted, which says what counts of its model."""
    jobs: int | None = None
    """How many processes share the files; None for as many as pay for themselves."""


Tell: TypeAlias = Callable[[int, int, str], None]
"""Called with how many files are done, how many there are, and the last one."""
