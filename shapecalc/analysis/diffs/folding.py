"""The changes of two models as few lines: equal rounds, whole blocks and runs of the same change are one."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from shapecalc.analysis.diffs.arguments import Detail
from shapecalc.analysis.diffs.levels import plain_name
from shapecalc.analysis.diffs.models import Change, Diff, count_memory, counts_differ
from shapecalc.analysis.report import Row
from shapecalc.dims import Size, add_up, size_text

Count: TypeAlias = tuple[Size, Size]
"""A size before and after."""

MAX_PERIOD = 24
"""Lines that may recur together, as the layers of a block do in a file that has no blocks."""
_VALUES = 4
"""Values of an argument that are listed where rounds differ."""


class Line(NamedTuple):
    """One line: the layers that changed in one way, `members`. `name` and `was` are how it is and was called.

    `rows` are the layer or block that it shows, `rounds` how many of a repeat it stands for, before and after.
    """

    kind: str
    name: str
    was: str
    rows: tuple[Row | None, Row | None]
    details: tuple[Detail, ...]
    members: tuple[Change, ...]
    rounds: tuple[int, int] | None = None

    @property
    def row(self) -> Row:
        row = self.rows[1] or self.rows[0]
        assert row is not None
        return row

    @property
    def counts(self) -> tuple[Count, Count, Count]:
        """Parameters, MACs and memory before and after, of all layers that it stands for."""
        olds = [change.old for change in self.members if change.old is not None and change.within is None]
        news = [change.new for change in self.members if change.new is not None and change.within is None]
        return (
            (add_up(row.params for row in olds), add_up(row.params for row in news)),
            (add_up(row.macs for row in olds), add_up(row.macs for row in news)),
            (add_up(map(count_memory, olds)), add_up(map(count_memory, news))),
        )

    @property
    def shapes(self) -> str:
        """The shapes of its outputs; of layers that differ in it the first and the last."""
        rows = [self.row]
        if self.kind != "renamed" and any(change.row is self.row for change in self.members):
            rows = [change.row for change in self.members if change.within is None] or rows
        texts = list(dict.fromkeys(", ".join(map(str, row.shapes)) for row in rows))
        return texts[0] if len(texts) == 1 else f"{texts[0]} ... {texts[-1]}"

    @property
    def type(self) -> str:
        """The type of what it shows; nothing where that is of several."""
        return "" if self.name.endswith("*") else self.row.type


def fold(diff: Diff, unfold: bool = False) -> list[Line]:
    """The lines of a comparison; with `unfold` one for each layer that differs."""
    if unfold:
        return [line for change in diff.tree for line in _list_all(change)]
    return _fold_runs(_fold_moves(_fold_level(diff.tree, None)))


def _list_all(change: Change) -> Iterator[Line]:
    """A line for each layer that differs, and for blocks that are called or fed otherwise."""
    told = change.within is None or (change.details and change.kind not in ("added", "removed"))
    if told and change.kind != "equal":
        rows, was = (change.old, change.new), _path(change.old)
        yield Line(change.kind, _path(change.new) or was, was or _path(change.new), rows, change.details, (change,))
    for inner in change.within or ():
        yield from _list_all(inner)


def _path(row: Row | None) -> str:
    return "" if row is None else row.path + row.name


def _name(row: Row | None) -> str:
    return "" if row is None else row.name


def _fold_level(changes: Sequence[Change], parent: Change | None) -> list[Line]:
    """The lines of one graph; their names begin in it."""
    lines: list[Line] = []
    for group in _group_rounds(changes):
        if _is_repeat(group):
            lines += _fold_rounds(group, parent)
        else:
            (change,) = group
            lines += [_name_line(line, _name(change.new), _name(change.old)) for line in _fold_row(change, parent)]
    return lines


def _name_line(line: Line, head: str, old_head: str) -> Line:
    """A line under the name of the row that it is of; layers from elsewhere keep where they were."""
    was = line.was if line.was.startswith("//") else (old_head or head) + line.was
    return line._replace(name=(head or old_head) + line.name, was=was)


def _is_across(change: Change, parent: Change | None) -> bool:
    """Whether a layer was in another graph than the partner of the one that it is in."""
    if change.old is None or change.new is None:
        return False
    prefix = "" if parent is None else None if parent.old is None else f"{_path(parent.old)}/"
    return change.old.path != prefix


def _fold_row(change: Change, parent: Change | None) -> list[Line]:
    """The lines of a row, named from below it: an empty name is its own."""
    if change.within is None:
        if _is_across(change, parent):
            return (
                []
                if change.kind == "equal"
                else [
                    Line(change.kind, "", f"//{_path(change.old)}", (change.old, change.new), change.details, (change,))
                ]
            )
        kind = find_kind(change)
        return [] if kind == "equal" else [Line(kind, "", "", (change.old, change.new), change.details, (change,))]
    inner = [line._replace(name=f"/{line.name}", was=_below(line.was)) for line in _fold_level(change.within, change)]
    if change.kind in ("added", "removed"):
        own = [leaf for leaf in change.leaves() if leaf.kind == change.kind]
        is_told = own or not change.within
        head = [Line(change.kind, "", "", (change.old, change.new), (), tuple(own))] if is_told else []
        return head + [line for line in inner if line.kind != change.kind]
    kind = find_kind(change)
    if kind == "equal":
        return inner
    renamed = [leaf for leaf in change.leaves() if leaf.kind == "renamed"] if kind == "renamed" else []
    own_line = Line(kind, "", "", (change.old, change.new), change.details, (change, *_leave_out(renamed, inner)))
    return [own_line, *inner]


def _leave_out(leaves: list[Change], lines: list[Line]) -> Iterator[Change]:
    """The leaves that no line has among its members."""
    told = {id(member) for line in lines for member in line.members}
    return (leaf for leaf in leaves if id(leaf) not in told)


def _below(was: str) -> str:
    return was if was.startswith("//") else f"/{was}"


def find_kind(change: Change) -> str:
    """The kind of a change but for the names of blocks around it, which say their change themselves."""
    if change.kind != "renamed" or change.old is None or change.new is None:
        return change.kind
    if plain_name(change.old) != plain_name(change.new):
        return "renamed"
    differs = bool(change.details) or (change.within is None and counts_differ(change.old, change.new))
    return "changed" if differs else "equal"


def _round_of(row: Row | None) -> tuple[str, str]:
    """The name of a repeat, and the number of the round that a row is; two empty texts where it is none."""
    base, slash, number = ("", "", "") if row is None else row.name.rpartition("/")
    return (base, number) if slash else ("", "")


def _group_rounds(changes: Iterable[Change]) -> Iterator[list[Change]]:
    """The changes one by one, those of the rounds of a repeat together."""
    group: list[Change] = []
    old_base = new_base = ""
    for change in changes:
        old, new = _round_of(change.old)[0], _round_of(change.new)[0]
        joins = bool(group) and (
            (bool(new) and new == new_base)
            or (bool(old) and old == old_base and (change.new is None or not new_base or new == new_base))
        )
        if group and not joins:
            yield group
            group = []
        if not group:
            old_base = new_base = ""
        group.append(change)
        old_base, new_base = old_base or old, new_base or new
    if group:
        yield group


def _is_repeat(group: list[Change]) -> bool:
    return len(group) > 1 or any(_round_of(row)[0] for row in group[0][1:3])


def _fold_rounds(group: list[Change], parent: Change | None) -> list[Line]:
    """The lines of a repeat: one where the number of rounds changed, and one for what changed alike in its rounds."""
    old_rounds = [change for change in group if change.old is not None]
    new_rounds = [change for change in group if change.new is not None]
    lines = []
    if any(
        leaf.kind == change.kind for change in group if change.kind in ("added", "removed") for leaf in change.leaves()
    ):
        lines.append(_write_depth(group, old_rounds, new_rounds))
    alike: dict[Hashable, list[tuple[Change, Line]]] = {}
    for change in group:
        for line in _fold_row(change, parent):
            if line.kind not in ("added", "removed") or change.kind not in ("added", "removed"):
                labels = tuple(detail.what for detail in line.details)
                key = (line.name, line.was, line.kind, line.row.type, labels, line.rounds)
                alike.setdefault(key, []).append((change, line))
    return lines + [_merge_rounds(found, len(old_rounds), len(new_rounds)) for found in alike.values()]


def _write_depth(group: list[Change], old_rounds: list[Change], new_rounds: list[Change]) -> Line:
    """`layer x 12 → x 24`."""
    kind = "changed" if old_rounds and new_rounds else "added" if new_rounds else "removed"
    sides = [change.old for change in old_rounds], [change.new for change in new_rounds]
    bases = [_base(rows[0]) if rows and rows[0] is not None else "" for rows in sides]
    counts = [len(old_rounds), len(new_rounds)]
    name = f"{bases[0] or bases[1]} x {counts[0] or counts[1]}"
    if kind != "changed" and len(group) == 1:
        name = group[0].row.name
    elif kind == "changed":
        name += f" → {'' if bases[0] == bases[1] else bases[1] + ' '}x {counts[1]}"
    leaves = [leaf for change in group if change.kind in ("added", "removed") for leaf in change.leaves()]
    members = [leaf for leaf in leaves if leaf.kind in ("added", "removed")]
    rows = (old_rounds[0].old if old_rounds else None, new_rounds[-1].new if new_rounds else None)
    details: tuple[Detail, ...] = ()
    if counts[0] == counts[1]:
        name = f"{bases[1]} x {counts[1]}"
        gone, come = (sum(change.kind == word for change in group) for word in ("removed", "added"))
        details = (Detail(f"{gone} of the rounds removed, {come} added"),)
    return Line(kind, name, name, rows, details, tuple(members), (counts[0], counts[1]))


def _base(row: Row) -> str:
    return _round_of(row)[0] or row.name


def _merge_rounds(found: list[tuple[Change, Line]], old_count: int, new_count: int) -> Line:
    """One line for what changed alike in some rounds of a repeat."""
    changes, lines = [change for change, _ in found], [line for _, line in found]
    first = lines[0]
    head = _write_rounds([change.new for change in changes], new_count)
    old_head = _write_rounds([change.old for change in changes], old_count)
    merged = _name_line(first, head, old_head)
    details = tuple(map(_merge_details, zip(*(line.details for line in lines), strict=True)))
    members = tuple(member for line in lines for member in line.members)
    inner = first.rounds or (1, 1)
    rounds = (len(lines) * inner[0], len(lines) * inner[1])
    return merged._replace(details=details, members=members, rounds=rounds)


def _merge_details(details: tuple[Detail, ...]) -> Detail:
    """One detail of several rounds: `filters 16, 32 → 32, 64` where they differ in it."""
    first = details[0]
    if all(detail == first for detail in details):
        return first
    if first.what in ("input", "output"):
        return Detail(first.what, *(f"{first[at]} ... {details[-1][at]}" for at in (1, 2)))
    return Detail(first.what, *(_join_values(value) for value in zip(*(detail[1:] for detail in details), strict=True)))


def _join_values(values: Iterable[str]) -> str:
    different = list(dict.fromkeys(values))
    return ", ".join(different[:_VALUES]) + (", ..." if len(different) > _VALUES else "")


def _write_rounds(rows: list[Row | None], total: int) -> str:
    """`layer x 12` for all rounds, `layer/0-3`, `layer/1,5,7` for some."""
    known = [row for row in rows if row is not None]
    if not known:
        return ""
    base, numbers = _base(known[0]), [_round_of(row)[1] for row in known]
    if len(known) == total > 1:
        return f"{base} x {total}"
    if not all(numbers):
        return base
    ordered = sorted(map(int, numbers))
    if len(ordered) > 1 and ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"{base}/{ordered[0]}-{ordered[-1]}"
    return f"{base}/{','.join(map(str, ordered[:_VALUES]))}" + (",..." if len(ordered) > _VALUES else "")


def _fold_moves(lines: list[Line]) -> list[Line]:
    """Layers that went from one block to another, with nothing else changed, as one line for both blocks."""
    first: dict[tuple[str, str], int] = {}
    folded: list[Line] = []
    for line in lines:
        if not line.was.startswith("//"):
            folded.append(line)
            continue
        line = line._replace(was=line.was[2:])
        ways = _split_common(line.was, line.name) if not line.details else None
        if ways is None:
            folded.append(line)
        elif ways in first:
            at = first[ways]
            head = [f"{way}/*" if way else "*" for way in ways]
            folded[at] = folded[at]._replace(was=head[0], name=head[1], members=(*folded[at].members, *line.members))
        else:
            first[ways] = len(folded)
            folded.append(line)
    return folded


def _split_common(old: str, new: str) -> tuple[str, str] | None:
    """What stands before the last names that two paths have in common; None where the last ones differ."""
    before, after = old.split("/"), new.split("/")
    common = 0
    while common < min(len(before), len(after)) and before[-1 - common] == after[-1 - common]:
        common += 1
    if not common:
        return None
    return "/".join(before[: len(before) - common]), "/".join(after[: len(after) - common])


def _fold_runs(lines: list[Line]) -> list[Line]:
    """Lines that recur one after another, alone or several together, said once: files without blocks have many."""
    numbers: dict[Hashable, int] = {}
    keys = [numbers.setdefault(_describe_line(line), len(numbers)) for line in lines]
    runs = {period: _count_runs(keys, period) for period in range(1, min(MAX_PERIOD, len(lines) // 2) + 1)}
    folded: list[Line] = []
    at = 0
    while at < len(lines):
        choices = [(1 + run[at] // period, period) for period, run in runs.items()]
        rounds, period = max(choices, key=_weigh, default=(1, 1))
        if rounds == 1:
            folded.append(lines[at])
            at += 1
            continue
        folded += [_merge_run(lines[at + offset : at + rounds * period : period]) for offset in range(period)]
        at += rounds * period
    return folded


def _weigh(choice: tuple[int, int]) -> tuple[int, int]:
    """More lines said once are better, and of as many those of the shortest period."""
    rounds, period = choice
    return (rounds - 1) * period, -period


def _count_runs(keys: list[int], period: int) -> list[int]:
    """For each line, how many lines from it on are like the line `period` further."""
    run = [0] * (len(keys) + 1)
    for at in range(len(keys) - period - 1, -1, -1):
        run[at] = run[at + 1] + 1 if keys[at] == keys[at + period] else 0
    return run


def _describe_line(line: Line) -> Hashable:
    """What lines have in common that are said as one; a line that stands for several layers is like no other."""
    if line.kind == "renamed" or line.rounds is not None or len(line.members) > 1 or "/" in line.name:
        return line.name, line.was
    details = tuple(detail for detail in line.details if detail.what != "fed")
    sizes = [size_text(after - before) for before, after in line.counts]
    return line.kind, line.row.type, details, *sizes, line.shapes


def _merge_run(lines: list[Line]) -> Line:
    first = lines[0]
    name = f"{first.name} ... {lines[-1].name} x {len(lines)}"
    details = tuple(detail for detail in first.details if detail.what != "fed")
    return first._replace(
        name=name, was=name, details=details, members=tuple(member for line in lines for member in line.members)
    )
