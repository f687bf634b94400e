"""The values of options and arguments, by the name of the parameter."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

from shapecalc.cli.completing.answers import Answer, Candidate

if TYPE_CHECKING:
    import click

    from shapecalc.analysis.names import Setting

_MANY = 500
"""So many layers are offered level by level."""
_NAME = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
_PATH = re.compile(r"[\w/@-]+\Z", re.ASCII)
_VALUE = re.compile(r"[\w.+-]+\Z", re.ASCII)

Completer: TypeAlias = "Callable[[click.Context, str], Answer]"


def _choose(candidates: Iterable[Candidate], typed: str) -> Answer:
    """Those that begin as typed."""
    return Answer([candidate for candidate in candidates if candidate.value.startswith(typed)])


def _choose_several(candidates: Iterable[Candidate], typed: str) -> Answer:
    """The same for words with commas between: those that do not stand there yet."""
    before, comma, _ = typed.rpartition(",")
    taken = before.split(",")
    rest = [candidate for candidate in candidates if candidate.value not in taken]
    return _choose((candidate._replace(value=before + comma + candidate.value) for candidate in rest), typed)


def _complete_set(context: click.Context, typed: str) -> Answer:
    """The names of arguments and sizes, or behind `NAME=` the values of one."""
    from shapecalc.analysis.names import list_settings, list_values
    from shapecalc.cli.completing.models import read_specs

    specs = read_specs(context)
    name, sign, value = typed.partition("=")
    settings = {setting.name: setting for spec in specs for setting in list_settings(spec) if _NAME.match(setting.name)}
    if not sign:
        given = [assignment.partition("=")[0] for assignment in context.params.get("assignments") or ()]
        names = [setting for setting in settings.values() if setting.name not in given]
        return _choose((Candidate(f"{setting.name}=", _describe(setting), True) for setting in names), typed)
    if name not in settings:
        return Answer([])
    words = dict.fromkeys(word for spec in specs for word in list_values(spec, name))
    default, is_size = settings[name].default, settings[name].is_size
    values = [Candidate(default, "The default.")] if default is not None and _VALUE.match(default) else []
    values += [Candidate(word) for word in words if word != default]
    if not is_size and (default is None or _is_number(default)) and context.info_name != "sweep":
        values.append(Candidate("?", "A symbol in place of a number."))
    answer = _choose_several(values, value)
    return Answer([candidate._replace(value=f"{name}={candidate.value}") for candidate in answer.candidates])


def _describe(setting: Setting) -> str:
    """What a name stands for, as a sentence."""
    from shapecalc.diagnostics import shorten

    if setting.is_size:
        return "A declared size."
    default = setting.default
    return "An argument without a default." if default is None else f"An argument; its default is {shorten(default)}."


def _complete_for(context: click.Context, typed: str) -> Answer:
    """The names of arguments and sizes whose largest value can be asked for, and `batch`."""
    from shapecalc.analysis.names import list_settings
    from shapecalc.analysis.solving.question import BATCH
    from shapecalc.cli.completing.models import read_specs

    specs = read_specs(context)
    settings = [setting for spec in specs for setting in list_settings(spec)]
    numbers = [setting for setting in settings if setting.default is None or _is_number(setting.default)]
    candidates = [Candidate(setting.name, _describe(setting)) for setting in numbers if _NAME.match(setting.name)]
    if specs and all(setting.name != BATCH for setting in settings):
        candidates.append(Candidate(BATCH, "The batch size."))
    return _choose(candidates, typed)


def _is_number(text: str) -> bool:
    from shapecalc.document.nodes import is_number

    return is_number(text)


def _complete_layers(context: click.Context, typed: str) -> Answer:
    """The paths of the layers of a model."""
    from shapecalc.analysis.names import list_paths
    from shapecalc.cli.completing.models import read_report

    report = read_report(context)
    if report is None:
        return Answer([])
    given = context.params.get("layers") or ()
    rows = [
        (path, row)
        for path, row in list_paths(report.rows)
        if path.startswith(typed) and path not in given and _PATH.match(path)
    ]
    if len(rows) <= _MANY:
        return Answer([Candidate(path, row.type) for path, row in rows])
    candidates: dict[str, Candidate] = {}
    for path, row in rows:
        slash = path.find("/", len(typed)) + 1
        level = Candidate(path[:slash], "What is within.", True) if slash else Candidate(path, row.type)
        candidates.setdefault(level.value, level)
    return Answer(list(candidates.values()))


def _complete_model(context: click.Context, typed: str) -> Answer:
    """The published models."""
    from shapecalc.document.shipped import list_models

    return _choose((Candidate(name, "A published model.") for name in list_models()), typed)


def _complete_file(context: click.Context, typed: str) -> Answer:
    """Files, and once something is typed the published models that begin so."""
    return _complete_model(context, typed)._replace(takes_files=True) if typed else Answer([], takes_files=True)


def _complete_subject(context: click.Context, typed: str) -> Answer:
    """Files, and codes where no file begins like one."""
    from shapecalc.diagnostics.codes import CODES

    known = CODES.items() if typed.upper().startswith("S") else []
    codes = [Candidate(code, page.title) for code, page in known if code.startswith(typed.upper())]
    named = _complete_file(context, typed).candidates
    return Answer([*codes, *named], takes_files=not codes or _begins_a_file(typed))


def _begins_a_file(typed: str) -> bool:
    """Whether a file of this folder begins as typed."""
    try:
        return any(name.startswith(typed) for name in os.listdir())
    except OSError:
        return False


def _complete_side(context: click.Context, typed: str) -> Answer:
    """Files, revisions, and behind `REV:` the files of a revision."""
    from shapecalc.cli.completing.revisions import list_paths, list_revisions

    revision, colon, inside = typed.partition(":")
    if colon and not os.path.exists(typed):
        paths = list_paths(revision, inside)
        return Answer([Candidate(f"{revision}:{path}", goes_on=path.endswith("/")) for path in paths])
    revisions = [Candidate(f"{name}:", subject, True) for name, subject in list_revisions()]
    named = _complete_file(context, typed).candidates
    return Answer([*_choose(revisions, typed).candidates, *named], takes_files=True)


def _complete_revision(context: click.Context, typed: str) -> Answer:
    from shapecalc.cli.completing.revisions import list_revisions

    return _choose((Candidate(name, subject) for name, subject in list_revisions()), typed)


def _complete_columns(context: click.Context, typed: str) -> Answer:
    from shapecalc.render.columns import COLUMNS

    return _choose_several((Candidate(name, f"The column {column.header}.") for name, column in COLUMNS.items()), typed)


def _complete_sort(context: click.Context, typed: str) -> Answer:
    from shapecalc.render.sorting import SORTABLE

    return _choose((Candidate(name, f"The column {column.header}.") for name, column in SORTABLE.items()), typed)


def _complete_measure(context: click.Context, typed: str) -> Answer:
    from shapecalc.analysis.measured import MORE_QUANTITIES

    return _choose_several(map(Candidate, MORE_QUANTITIES), typed)


def _complete_training(context: click.Context, typed: str) -> Answer:
    from shapecalc.training.optimizers import OPTIMIZERS

    states = {name: " and ".join(optimizer.slots) for name, optimizer in OPTIMIZERS.items()}
    texts = {
        name: f"It keeps {words} of each weight." if words else "It keeps no state." for name, words in states.items()
    }
    return _choose((Candidate(name, text) for name, text in texts.items()), typed)


def _complete_device(context: click.Context, typed: str) -> Answer:
    from shapecalc.analysis.devices import DEVICES

    return _choose((Candidate(name, device.title) for name, device in DEVICES.items()), typed)


def _complete_dtype(context: click.Context, typed: str) -> Answer:
    from shapecalc.layers.arguments.names import DTYPES, POLICIES

    return _choose(map(Candidate, (*DTYPES, *POLICIES)), typed)


def _complete_codes(context: click.Context, typed: str) -> Answer:
    from shapecalc.diagnostics.codes import CODES

    return _choose_several((Candidate(code, page.title) for code, page in CODES.items()), typed)


def _complete_expectations(context: click.Context, typed: str) -> Answer:
    from shapecalc.analysis.expect_additions import KEYS

    return _choose_several(map(Candidate, KEYS), typed)


def _list_measures(context: click.Context) -> list[str]:
    """The columns of a sweep: what is set, and what is measured."""
    from shapecalc.analysis.measured import QUANTITIES

    names = [assignment.partition("=")[0] for assignment in context.params.get("assignments") or ()]
    return [*filter(_NAME.match, names), *QUANTITIES]


def _complete_where(context: click.Context, typed: str) -> Answer:
    return _choose((Candidate(name, goes_on=True) for name in _list_measures(context)), typed)


def _complete_pareto(context: click.Context, typed: str) -> Answer:
    measures = _list_measures(context)
    return _choose_several((Candidate(goal) for name in measures for goal in (name, f"{name}:max")), typed)


def _complete_input(context: click.Context, typed: str) -> Answer:
    """Words that make numbers, names of inputs, and files."""
    from shapecalc.cli.completing.models import read_specs

    name, sign, _ = typed.partition("=")
    words = [
        Candidate("random", "Normally distributed numbers."),
        Candidate("zeros", "Zeros."),
        Candidate("ones", "Ones."),
    ]
    if sign:
        return _choose((word._replace(value=f"{name}={word.value}") for word in words), typed)._replace(
            takes_files=True
        )
    inputs = [name for spec in read_specs(context) if len(spec.inputs) > 1 for name in spec.inputs if _PATH.match(name)]
    names = [Candidate(f"{name}=", "An input.", True) for name in inputs]
    return _choose([*names, *words], typed)._replace(takes_files=True)


def _complete_type(context: click.Context, typed: str) -> Answer:
    """Layer types in any case, with what they do."""
    from shapecalc.layers.catalogue import ALIASES, CATALOGUE, find
    from shapecalc.render.catalogue import summary_of

    candidates = []
    for name in (*CATALOGUE, *ALIASES):
        if name.lower().startswith(typed.lower()):
            layer_type = find(name)
            candidates.append(Candidate(name, summary_of(layer_type) if layer_type else ""))
    return Answer(candidates)


COMPLETERS: dict[str, Completer] = {
    "--set": _complete_set,
    "--for": _complete_for,
    "--columns": _complete_columns,
    "--sort": _complete_sort,
    "--measure": _complete_measure,
    "--training": _complete_training,
    "--device": _complete_device,
    "--dtype": _complete_dtype,
    "--select": _complete_codes,
    "--ignore": _complete_codes,
    "--add": _complete_expectations,
    "--since": _complete_revision,
    "--where": _complete_where,
    "--pareto": _complete_pareto,
    "--input": _complete_input,
    "layers": _complete_layers,
    "device": _complete_device,
    "layer_type": _complete_type,
    "model": _complete_model,
    "specs": _complete_file,
    "spec": _complete_file,
    "file": _complete_file,
    "paths": _complete_file,
    "old": _complete_side,
    "new": _complete_side,
    "subject": _complete_subject,
}
