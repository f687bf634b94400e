"""A folded body as listings: what its blocks take, and what their entries say."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any

from shapecalc.formats.folding.body import Block, Body, Leaf, Slot, blocks_within, look_through
from shapecalc.formats.folding.columns import HOLE, Column, Parameter, is_equal, settle, write_condition, write_word
from shapecalc.formats.folding.frozen import list_frozen
from shapecalc.formats.folding.listing import Entry, Expression, Listing
from shapecalc.formats.folding.titles import find_common_ending, flag_of, inputs_of, owner_of, shortcuts_of, title_of
from shapecalc.layers.catalogue import find


class Draft:
    """An entry before its columns are settled: `presence` and what `repeat` says may be columns."""

    __slots__ = ("arguments", "entry", "lists", "presence", "rounds", "series", "uses_index")

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.arguments: dict[str, Any] = {}
        self.presence: Column | None = None
        self.rounds: Any = None
        self.lists: dict[str, Any] = {}
        self.series: dict[str, list[list[Any]]] = {}  # the values of each loop variable in all instances
        self.uses_index = False


class First:
    """A value of the first round and one of all others; each may be a column."""

    def __init__(self, first: Any, rest: Any) -> None:
        self.first = first
        self.rest = rest


class Steps:
    """A number that grows by the same step in each round; its start may be a column."""

    def __init__(self, start: Any, step: int) -> None:
        self.start = start
        self.step = step


class Describer:
    """Turns bodies into listings, the blocks that others need first."""

    def __init__(self, model: Body) -> None:
        self.model = model
        self.blocks = blocks_within(model)
        self.parameters: dict[int, list[Parameter]] = {}
        self.channels: dict[int, list[int | None]] = {}
        self.titles: dict[int, str] = {}
        self.frozen = list_frozen(self.blocks)

    def describe_blocks(self) -> dict[str, Listing]:
        """The listings of the blocks by name."""
        listings: dict[str, Listing] = {}
        taken = {block.given.title for block in self.blocks if block.given is not None and block.given.fixed}
        for block in self.blocks:
            self.titles[id(block)] = title_of(block, {*taken, *listings}, self.titles)
            self.channels[id(block)] = self._channels(block)
            listings[self.titles[id(block)]] = self._block(block)
        return listings

    def describe_model(self, inputs: list[str]) -> Listing:
        """The listing of the model, once those of its blocks are there: it has one instance, so every column is the
        one value that it holds."""
        columns: list[Column] = []
        drafts = [self._draft(self.model, slot, columns) for slot in self.model.slots]
        for column in columns:
            column.text = column.values[0]
        return Listing(inputs, [self._finish(draft) for draft in drafts], self.model.exits, keeps_names=True)

    def _block(self, block: Block) -> Listing:
        """The listing of a block, with an argument for what differs from call to call."""
        inputs = inputs_of(block)
        columns: list[Column] = []
        drafts = [self._draft(block, slot, columns) for slot in block.slots]
        for position in shortcuts_of(block):
            drafts[position].entry.wish = "shortcut"
        parameters, reads_channels = settle(columns, self.channels[id(block)], {"C"})
        self.parameters[id(block)] = parameters
        entries = [self._finish(draft) for draft in drafts]
        keeps_names = block.given is not None and block.count == 1
        listing = Listing(inputs, entries, block.exits, keeps_names=keeps_names)
        listing.outputs = [] if block.given is None else block.given.outputs
        listing.arguments = {one.name: one.default if one.has_default else "required" for one in parameters}
        if reads_channels:
            rest = Expression("...")
            listing.shapes = {name: [rest, "C"] if name == inputs[0] else [rest] for name in inputs}
        return listing

    def _channels(self, block: Block) -> list[int | None]:
        """The channels of what each instance of a block is fed first."""
        return [self._channels_fed(block, instance) for instance in range(block.count)]

    def _channels_fed(self, block: Block, instance: int) -> int | None:
        for slot in block.slots:
            row = slot.rows[instance]
            first = row[0] if isinstance(row, list) else row
            refs = slot.refs()
            if first is None or not refs or look_through(block, instance, refs[0]) != (-1, 0):
                continue
            channels: int | None = self.channels[id(slot.block)][first] if slot.block is not None else first.channels
            return channels
        return None

    def _draft(self, body: Body, slot: Slot, columns: list[Column]) -> Draft:
        """One slot with its columns added to those of its body."""
        feed = slot.feed
        if slot.block is not None:
            feed = dict(zip(inputs_of(slot.block), slot.feed.values(), strict=True))
        entry = Entry(self.titles[id(slot.block)] if slot.block is not None else slot.type_name, {}, feed)
        entry.call, entry.again = slot.call, slot.again
        leaves = [row for row in slot.rows if isinstance(row, Leaf)]
        names = [leaf.name for leaf in leaves]
        if slot.block is not None and slot.block.given is not None and not slot.repeated:
            names = [slot.block.given.names[row] for row in slot.rows if row is not None]
        if slot.again is None and names:
            entry.wish = find_common_ending(names) if body.count > 1 else names[0]
        draft, start = Draft(entry), len(columns)
        if any(row is None for row in slot.rows):
            draft.presence = Column(flag_of(slot, leaves), [row is not None for row in slot.rows])
        if slot.repeated:
            self._draft_rounds(draft, slot, columns, within_frozen=id(body) in self.frozen)
        else:
            rows = [row for row in slot.rows if row is not None]
            for key, values in self._table(slot, rows, within_frozen=id(body) in self.frozen).items():
                draft.arguments[key] = self._template(self._wish(slot, key), _spread_rows(slot, values), columns)
        for column in columns[start:]:
            column.owner = owner_of(slot, names)
        if draft.presence is not None:
            columns.append(draft.presence)
        return draft

    def _wish(self, slot: Slot, key: str) -> str:
        """What an argument would be called if it were the only one of its name."""
        parameters = self.parameters[id(slot.block)] if slot.block is not None else []
        wish = next((parameter.wish for parameter in parameters if parameter.name == key), key)
        return "trained" if wish == "trainable" else wish  # which every block takes already

    def _table(self, slot: Slot, rows: list[Any], *, within_frozen: bool) -> dict[str, list[Any]]:
        """The value of every argument in each of the rows, defaults where a row does not say it; `trainable` is for
        the calls of a block to say whose instances are frozen as a whole."""
        if slot.block is not None:
            table = {
                parameter.name: [parameter.values[row] for row in rows] for parameter in self.parameters[id(slot.block)]
            }
            if not within_frozen and id(slot.block) in self.frozen:
                table["trainable"] = [not self.frozen[id(slot.block)][row] for row in rows]
            return table
        keys = dict.fromkeys(key for leaf in rows for key in leaf.arguments if key != "trainable" or not within_frozen)
        layer_type = find(slot.type_name)
        if layer_type is not None:
            keys = dict.fromkeys([key for key in layer_type.args if key in keys] + [*keys])
        defaults = {key: default_of(slot.type_name, key) for key in keys}
        return {key: [leaf.arguments.get(key, defaults[key]) for leaf in rows] for key in keys}

    def _draft_rounds(self, draft: Draft, slot: Slot, columns: list[Column], *, within_frozen: bool) -> None:
        """The arguments of a slot that is repeated: the same in all rounds, or else in a form that the rounds give."""
        present = [rows for rows in slot.rows if rows is not None]
        table = self._table(slot, [row for rows in present for row in rows], within_frozen=within_frozen)
        lengths = [len(rows) for rows in present]
        starts = [*accumulate(lengths, initial=0)]
        for key, values in table.items():
            series = [values[start:end] for start, end in pairwise(starts)]
            draft.arguments[key] = self._rounds(draft, self._wish(slot, key), slot, series, columns)
        if draft.uses_index or not draft.lists:  # lists say themselves how many rounds there are
            key = "blocks" if slot.block is not None else "layers"
            draft.rounds = self._template(key, _spread_rows(slot, lengths), columns)

    def _rounds(self, draft: Draft, key: str, slot: Slot, series: list[list[Any]], columns: list[Column]) -> Any:
        """One argument in every round of every instance."""
        firsts = _spread_rows(slot, [values[0] for values in series])
        if all(is_equal(value, values[0]) for values in series for value in values):
            return self._template(key, firsts, columns)
        if all(is_equal(value, values[1]) for values in series for value in values[1:]):
            draft.uses_index = True
            rest = _spread_rows(slot, [values[1] if len(values) > 1 else HOLE for values in series])
            return First(self._template(key, firsts, columns), self._template(f"{key}_after", rest, columns))
        step = _common_step(series)
        if step is not None:
            draft.uses_index = True
            return Steps(self._template(key, firsts, columns), step)
        name = next((name for name, listed in draft.series.items() if _are_equal(listed, series)), None)
        if name is None:
            name = _letter(key, {*draft.lists, "i"})
            draft.series[name] = series
            lists = _spread_rows(slot, [[*values] for values in series])
            draft.lists[name] = self._template(f"{key}_list", lists, columns, whole=True)
        return Expression(f"${name}")

    def _template(self, key: str, values: list[Any], columns: list[Column], *, whole: bool = False) -> Any:
        """Values of all instances as one value whose parts may be columns."""
        present = [value for value in values if value is not HOLE]
        if present and all(is_equal(value, present[0]) and repr(value) == repr(present[0]) for value in present):
            return present[0]
        if all(isinstance(value, dict) and [*value] == [*present[0]] for value in present):
            return {
                name: self._template(name, [HOLE if value is HOLE else value[name] for value in values], columns)
                for name in present[0]
            }
        if not whole and all(isinstance(value, list) and len(value) == len(present[0]) for value in present):
            differing = [
                at for at in range(len(present[0])) if any(not is_equal(value[at], present[0][at]) for value in present)
            ]
            if len(differing) == 1:
                (at,) = differing
                part = self._template(key, [HOLE if value is HOLE else value[at] for value in values], columns)
                return [part if position == at else item for position, item in enumerate(present[0])]
        column = Column(key, values)
        columns.append(column)
        return column

    def _finish(self, draft: Draft) -> Entry:
        """The entry with the texts of its columns."""
        entry = draft.entry
        for key, template in draft.arguments.items():
            value = _text(template)
            if not self._is_default(entry, key, value):
                entry.arguments[key] = value
        if draft.presence is not None:
            entry.condition = draft.presence.text
        lists = {name: _text(template) for name, template in draft.lists.items()}
        if draft.uses_index:
            entry.repeat = {"i": _text(draft.rounds), **lists}
        else:
            entry.repeat = lists or _text(draft.rounds)
        return entry

    def _is_default(self, entry: Entry, key: str, value: Any) -> bool:
        if isinstance(value, Expression):
            return False
        for block in self.blocks:
            if self.titles.get(id(block)) == entry.head:
                if key == "trainable":
                    return value is True
                parameter = next(one for one in self.parameters[id(block)] if one.name == key)
                return parameter.has_default and is_equal(value, parameter.default)
        layer_type = find(entry.head)
        argument = layer_type.args.get(key) if layer_type is not None else None
        return argument is not None and not argument.required and is_equal(value, default_of(entry.head, key))


def _spread_rows(slot: Slot, values: list[Any]) -> list[Any]:
    """Values of the instances that have a slot, with a HOLE for each one that leaves it out."""
    present = iter(values)
    return [HOLE if row is None else next(present) for row in slot.rows]


def _text(template: Any) -> Any:
    """A template with the texts of its columns."""
    if isinstance(template, Column):
        return template.text
    if isinstance(template, First):
        return _either(_text(template.first), _text(template.rest))
    if isinstance(template, Steps):
        return _sum(_text(template.start), template.step)
    if isinstance(template, dict):
        return {key: _text(item) for key, item in template.items()}
    if isinstance(template, list):
        return [_text(item) for item in template]
    return template


def _either(first: Any, rest: Any) -> Expression:
    if first is True and rest is False:
        return Expression("$i == 0")
    if first is False and rest is True:
        return Expression("$i > 0")
    return write_condition("$i == 0", first, rest)


def _sum(start: Any, step: int) -> Expression:
    steps = "$i" if abs(step) == 1 else f"{abs(step)} * $i"
    if start == 0 and step > 0:
        return Expression(steps)
    return Expression(f"{write_word(start)} {'+' if step > 0 else '-'} {steps}")


def _are_equal(series: list[list[Any]], others: list[list[Any]]) -> bool:
    """Whether two arguments are the same in every round of every instance."""
    return all(
        len(values) == len(other) and all(map(is_equal, values, other))
        for values, other in zip(series, others, strict=True)
    )


def _common_step(series: list[list[Any]]) -> int | None:
    """By how much numbers grow from round to round, where that is everywhere the same."""
    steps: set[int] = set()
    for values in series:
        if any(not isinstance(value, int) or isinstance(value, bool) for value in values):
            return None
        steps |= {after - before for before, after in pairwise(values)}
    return steps.pop() if len(steps) == 1 else None


def _letter(key: str, taken: set[str]) -> str:
    letters = [key[0], *key[1:], *"abcdefghjkmnpqrstuvwxyz"]
    return str(next(letter for letter in letters if letter.isalpha() and letter not in taken))


def default_of(type_name: str, key: str) -> Any:
    """What an argument that is not given is, as a spec would say it."""
    layer_type = find(type_name)
    argument = layer_type.args.get(key) if layer_type is not None else None
    if argument is None or argument.required:
        return HOLE
    return [*argument.default] if isinstance(argument.default, tuple) else argument.default
