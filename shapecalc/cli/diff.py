"""`shapecalc diff`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from shapecalc.cli import options, ranges, usage

if TYPE_CHECKING:
    from shapecalc.analysis.diffs.files import FileChange
    from shapecalc.analysis.diffs.models import Diff
    from shapecalc.analysis.numeric import OutputPair
    from shapecalc.cli.diffing.pairs import Comparer
    from shapecalc.cli.diffing.sides import Side
    from shapecalc.cli.session import Session


@usage.command("diff")
@click.argument("old", type=click.Path(allow_dash=True), metavar="OLD")
@click.argument("new", type=click.Path(allow_dash=True), metavar="[NEW]", required=False)
@click.option(
    "--depth", "level", type=click.IntRange(min=1), metavar="N", help="Open blocks to this level; default: all."
)
@click.option("--unfold", is_flag=True, help="Show every layer that differs on a line of its own.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 where the models differ.")
@click.option("--numeric", is_flag=True, help="Run both with the same weights and inputs, and compare the outputs.")
@click.option("--weights", is_flag=True, help="Compare the weights in two weight or model files, and nothing else.")
@options.output_format("full", "markdown", "json", "html")
@options.assignments
@ranges.batches
@options.seed
@options.max_memory
def command(
    old: str,
    new: str | None,
    level: int | None,
    unfold: bool,
    exit_code: bool,
    numeric: bool,
    weights: bool,
    output_format: str,
    assignments: tuple[str, ...],
    batch: tuple[int, ...],
    seed: int,
    max_memory: int | None,
) -> int:
    """Show what changed between two models, layer by layer, or between the models of two folders.

    OLD and NEW are files, `-` for standard input, folders, or globs in quotes; `REVISION:PATH` as in git:
    `HEAD~1:specs/model.yaml` counts from the top of the repository, `HEAD:./model.yaml` from this folder. What one side
    lacks was added or removed. With OLD alone, `--set NAME=1,2` compares the model with itself under two settings.

    Layers are matched by name and order; those that were renamed or have automatic names, by what they are. Equal
    rounds of a repeat are one line, and so are a block that came or went, and layers of the same change. --numeric
    gives both models the same weights, matched by order and shape. --weights says which weights changed between two
    files of weights, and by how much.

    \b
    Examples:
      shapecalc diff old.yaml new.yaml
      shapecalc diff HEAD:./model.yaml model.yaml
      shapecalc diff main:models models --output-format markdown
      shapecalc diff old.yaml new.yaml --output-format html > changes.html
      shapecalc diff model.yaml --set features=768,1024
      shapecalc diff old.yaml new.yaml --numeric --exit-code
      shapecalc diff before.weights.h5 after.weights.h5 --weights
    """
    if weights:
        return _diff_weights(old, new, numeric, exit_code, output_format, max_memory)
    from shapecalc.analysis.diffs.models import MAX_DEPTH
    from shapecalc.cli.diffing.pairs import Comparer
    from shapecalc.cli.session import Session

    session = Session()
    comparer = Comparer(session, *_list_sides(old, new, assignments, batch), level or MAX_DEPTH)
    first = batch[0] if batch else None
    run = partial(_compare_numbers, session, seed=seed, batch=first, max_memory=max_memory) if numeric else None
    return _diff_models(comparer, run, exit_code, output_format, unfold)


def _diff_models(
    comparer: Comparer,
    run: Callable[[Diff], list[OutputPair] | None] | None,
    exit_code: bool,
    output_format: str,
    unfold: bool,
) -> int:
    """Compares two files or folders, and two files by what `run` gives, too. Raises click.UsageError."""
    from shapecalc.diagnostics import Fault

    session, sides = comparer.session, comparer.sides
    changes: list[FileChange] = []
    numbers: list[OutputPair] | None = None
    try:
        kinds = [side.find_kind() for side in sides]
        _refuse_bare_revision(sides, kinds)
        if "folder" in kinds:
            return _diff_folders(comparer, kinds, run is not None, exit_code, output_format, unfold)
        change = comparer.compare_files(_find_existing(sides, kinds))
        if change is not None:
            changes.append(change)
            if run is not None and change.diff is not None:
                numbers = run(change.diff)
    except Fault as fault:
        session.diagnostics += fault.diagnostics
    _print(session, changes, numbers, output_format, unfold)
    apart = any(change.kind != "equal" for change in changes) or any(not pair.equal for pair in numbers or ())
    return session.code or (1 if exit_code and apart else 0)


def _list_sides(old: str, new: str | None, assignments: tuple[str, ...], batches: tuple[int, ...]) -> tuple[Side, Side]:
    """What is compared: two files under the same settings, or one under two. Raises click.UsageError."""
    choices = options.read_alternatives(assignments, batches)
    from shapecalc.cli.diffing.sides import Side

    context = click.get_current_context(silent=True)
    if new is not None:
        if len(choices) > 1:
            message = "two files are compared under the same settings, and here are several values"
            raise usage.Misused(message, context, "give one value, or leave NEW out: one model under two settings")
        chosen, settings = choices[0]
        return Side(old, settings, chosen), Side(new, settings, chosen)
    if len(choices) == 1:
        message = "NEW is missing: diff compares two models, or one under two settings"
        raise usage.Misused(message, context, "for example `shapecalc diff old.yaml new.yaml`, or `--set units=64,128`")
    if len(choices) > 2:
        message = f"diff compares two settings, and the values give {len(choices)} combinations"
        help = (
            "`shapecalc summary FILE --set units=64,128,256` compares the totals of all, and so does `shapecalc sweep`"
        )
        raise usage.Misused(message, context, help)
    return Side(old, choices[0][1], choices[0][0]), Side(old, choices[1][1], choices[1][0])


def _refuse_bare_revision(sides: Sequence[Side], kinds: Sequence[str | None]) -> None:
    """Raises click.UsageError for `diff main models`, where `main` is a revision and no file."""
    from shapecalc.cli.revisions import has_revision
    from shapecalc.diagnostics import shorten

    for at, other in ((0, 1), (1, 0)):
        name, path = sides[at].path, sides[other].path
        is_lost = kinds[at] is None and sides[at].revision is None
        if is_lost and kinds[other] is not None and sides[other].revision is None and has_revision(name):
            message = f"`{shorten(name)}` is a revision, and a file or folder in it is wanted"
            start = "" if path.startswith(("/", ".")) else "./"
            help = f"write `{shorten(f'{name}:{start}{path}')}`"
            raise usage.Misused(message, click.get_current_context(silent=True), help)


def _find_existing(sides: Sequence[Side], kinds: Sequence[str | None]) -> tuple[bool, bool]:
    """Which sides are there: of one path that a revision lacks, a file came or went. What else is not there is asked
    for as if it were, and reading it says that it is not.
    """
    old, new = (kind is not None for kind in kinds)
    if old == new or all(side.revision is None for side in sides) or sides[0].find_place() != sides[1].find_place():
        return True, True
    return old, new


def _diff_folders(
    comparer: Comparer, kinds: Sequence[str | None], numeric: bool, exit_code: bool, output_format: str, unfold: bool
) -> int:
    """Compares all models of two folders. Raises Fault, and click.UsageError."""
    context = click.get_current_context(silent=True)
    if numeric:
        raise usage.Misused("--numeric runs two models, and here are folders", context, "name one file on each side")
    if "file" in kinds:
        words = ["a folder" if kind == "folder" else "a file" for kind in kinds]
        help = "name a file on each side, or a folder on each side"
        raise usage.Misused(f"OLD is {words[0]}, and NEW is {words[1]}", context, help)
    from shapecalc.cli.settings.file import SettingsFile
    from shapecalc.cli.settings.rules import read_rules
    from shapecalc.diagnostics import Fault, error, shorten

    session = comparer.session
    exists = _find_existing(comparer.sides, kinds)
    rules = read_rules(click.get_current_context().find_object(SettingsFile))
    diff = comparer.compare_folders(exists, rules)
    if not diff.changes and not diff.broken:
        names = " and ".join(dict.fromkeys(shorten(side.path) for side in comparer.sides))
        raise Fault(error("SC601", f"no file in {names} is a model"))
    if output_format == "json":
        from shapecalc.render.diffs.json import diff_json

        sys.stdout.write(diff_json(diff.changes, None, session.diagnostics, unfold))
        return session.code or int(exit_code and diff.differs)
    if output_format == "markdown":
        from shapecalc.render.diffs.markdown import folders_markdown

        sys.stdout.write(folders_markdown(diff, unfold))
    elif output_format == "html":
        from shapecalc.page.changes import write_folders_page

        sys.stdout.write(write_folders_page(diff, unfold))
    else:
        from shapecalc.cli.session import output_terminal
        from shapecalc.render.diffs.text import folders_text

        sys.stdout.write(folders_text(diff, output_terminal(), unfold))
    session.show(session.diagnostics)
    return session.code or int(exit_code and diff.differs)


def _compare_numbers(
    session: Session, diff: Diff, seed: int, batch: int | None, max_memory: int | None
) -> list[OutputPair] | None:
    """The outputs of both models; None where a finding says why there are none. Raises Fault."""
    session.require_no_code(diff.old)
    session.require_no_code(diff.new)
    from shapecalc.diagnostics import Fault
    from shapecalc.face.resources import limit, prepare_numpy, refuse_large_inputs

    prepare_numpy()
    from shapecalc.analysis.numeric import compare_numbers

    most = limit(max_memory)
    refuse_large_inputs(diff.old, batch or 2, most)
    with session.guard(diff.new.file):
        try:
            return compare_numbers(diff.old, diff.new, seed, batch or 2, most)
        except Fault as fault:  # it is about both files
            session.diagnostics += fault.diagnostics
    return None


def _diff_weights(
    old: str, new: str | None, numeric: bool, exit_code: bool, output_format: str, max_memory: int | None
) -> int:
    """Compares two files of weights. Raises click.UsageError."""
    if numeric:
        raise click.UsageError("--weights compares files, --numeric runs models: use one of them")
    if output_format == "html":
        help = "write a table with `--output-format markdown`"
        raise usage.Misused("--weights has no page", click.get_current_context(), help)
    if new is None:
        help = "for example `shapecalc diff before.weights.h5 after.weights.h5 --weights`"
        raise usage.Misused("NEW is missing: --weights compares two files", click.get_current_context(), help)
    from shapecalc.cli.diffing.weights import compare_weights, print_weights
    from shapecalc.cli.session import Session

    session = Session()
    changes = compare_weights(session, old, new, max_memory)
    print_weights(session, (old, new), changes, output_format)
    return session.code or (1 if exit_code and any(change.kind != "equal" for change in changes or ()) else 0)


def _print(
    session: Session,
    changes: list[FileChange],
    numbers: list[OutputPair] | None,
    output_format: str,
    unfold: bool,
) -> None:
    """Prints what became of one file, and the findings."""
    if output_format == "json":
        from shapecalc.render.diffs.json import diff_json

        sys.stdout.write(diff_json(changes, numbers, session.diagnostics, unfold))
        return
    for change in changes:
        if output_format == "markdown":
            from shapecalc.render.diffs.markdown import file_markdown

            sys.stdout.write(file_markdown(change, numbers, unfold))
        elif output_format == "html":
            from shapecalc.page.changes import write_file_page

            sys.stdout.write(write_file_page(change, numbers, unfold))
        else:
            from shapecalc.cli.session import output_terminal
            from shapecalc.render.diffs.text import file_text

            sys.stdout.write(file_text(change, numbers, output_terminal(), unfold))
    session.show(session.diagnostics)
