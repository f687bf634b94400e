"""What could stand in place of a word: commands, options, and the values of parameters."""

from __future__ import annotations

from collections.abc import Sequence

import click
from click.shell_completion import _resolve_context as resolve_context
from click.shell_completion import _resolve_incomplete as resolve_incomplete

from shapecalc.cli.completing.answers import Answer, Candidate


def list_answers(cli: click.Command, words: list[str], typed: str, behind: Sequence[str] = ()) -> Answer:
    """What could stand in place of the typed word; `words` stand before it, `behind` those that do already."""
    context = resolve_context(cli, {}, "shapecalc", list(words))
    where, value = resolve_incomplete(context, list(words), typed)
    prefix = typed[: len(typed) - len(value)] if value and typed.endswith(value) else typed if not value else ""
    if isinstance(where, click.Parameter):
        lacks_value = words and isinstance(where, click.Option) and words[-1] in (*where.opts, *where.secondary_opts)
        others = words[:-1] if lacks_value else words  # an option without a value is not read
        context = resolve_context(cli, {}, "shapecalc", [*others, *behind])
        answer = _list_values(context, where, value)
        values = [candidate._replace(value=prefix + candidate.value) for candidate in answer.candidates]
        return Answer(values, answer.takes_files, prefix)
    if isinstance(where, click.Group) and not value.startswith("-"):
        return Answer(_list_commands(context, where, value))
    items = where.shell_complete(context, value)
    options = [param for param in where.get_params(context) if isinstance(param, click.Option)]
    helps = {name: option.help or "" for option in options for name in (*option.opts, *option.secondary_opts)}
    return Answer([Candidate(item.value, helps.get(item.value, "")) for item in items])


def _list_commands(context: click.Context, group: click.Group, typed: str) -> list[Candidate]:
    """The commands with their whole help lines."""
    lines = getattr(group, "lines", {})
    return [Candidate(name, lines.get(name, "")) for name in group.list_commands(context) if name.startswith(typed)]


def _list_values(context: click.Context, param: click.Parameter, typed: str) -> Answer:
    """The values that a parameter takes."""
    from shapecalc.cli.completing.values import COMPLETERS

    for name in (*param.opts, param.name or ""):
        if name in COMPLETERS:
            return COMPLETERS[name](context, typed)
    candidates = []
    takes_files = False
    for item in param.shell_complete(context, typed):
        if item.type == "plain":
            candidates.append(Candidate(str(item.value), item.help or ""))
        else:
            takes_files = True
    return Answer(candidates, takes_files)
