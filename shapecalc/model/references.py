"""Names of a graph's entries, and references to them: `NAME`, `NAME.PORT`, `NAME.*`, `NAME/0`, `NAME/*`, `prev`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from shapecalc.diagnostics import did_you_mean, shorten
from shapecalc.diagnostics.errors import Refusal

ALL = "*"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
TAKEN = ("input", "prev")
WIRING = frozenset(("from", "call", "if", "repeat"))
"""What may stand beside a type."""


class Reference(NamedTuple):
    """An output of a node: `port` None is its first, `*` all of them, else a name or a position."""

    node: int
    port: str | None = None


def suggest_name(name: object, otherwise: str) -> str:
    """A name like `name` that may be given: letters, digits and `_` of it, else `otherwise`."""
    import unicodedata

    if name is None:
        return otherwise
    plain = unicodedata.normalize("NFKD", str(name)[:200]).replace("ß", "ss").encode("ascii", "ignore").decode()
    words = re.sub(r"[^A-Za-z0-9-]+", "_", plain).strip("_-")
    if words[:1].isdigit():
        words = f"{otherwise.partition('_')[0]}_{words}"
    return words if re.search("[A-Za-z]", words) and _NAME.match(words) and words not in TAKEN else otherwise


def name_fault(name: str) -> str | None:
    """What is wrong with a name that somebody gave, if anything."""
    if name in TAKEN:
        return f"the name `{name}` is taken: `input` is the input and `prev` the entry above"
    if not _NAME.match(name):
        return f"`{shorten(name)}` cannot be a name: it begins with a letter and holds letters, digits, `_` and `-`"
    if len(name) > 200:
        return f"`{shorten(name)}` is too long for a name"
    return None


class Names:
    """The names seen so far in one graph, and what they stand for."""

    def __init__(self) -> None:
        self.found: dict[str, Reference] = {}
        self.rounds: dict[str, list[Reference]] = {}
        self.prev: Reference | None = None
        self.counts: dict[str, int] = {}
        self.several: set[str] = set()

    def fresh(self, base: str) -> str:
        """The next automatic name of a type in Keras's scheme: `dense`, `dense_1`."""
        count = self.counts.get(base, 0)
        name = f"{base}_{count}" if count else base
        while name in self.found:
            count += 1
            name = f"{base}_{count}"
        if base in self.counts:
            self.several.add(base)
        self.counts[base] = count + 1
        return name

    def again(self, name: str) -> str:
        """The name of a further call of a layer that gives none: `dense@2`."""
        count = self.counts.get(f"{name}@", 1) + 1
        self.counts[f"{name}@"] = count
        return f"{name}@{count}"

    def resolve(self, text: str, later: Callable[[], dict[str, int]]) -> list[Reference]:
        """The outputs a reference names; `later` gives the lines of names that come below. Raises Refusal."""
        name, dot, port = text.partition(".")
        if name.endswith("/*"):
            rounds = self.all_rounds(name[:-2])
            return [Reference(ref.node, port) for ref in rounds] if dot else list(rounds)
        if name == "prev":
            if self.prev is None:
                raise Refusal(
                    "`prev` is the entry above, and there are several inputs", code="SC301", help="name one of them"
                )
            ref = self.prev
        elif name in self.found:
            ref = self.found[name]
        elif "/" in name and name.partition("/")[0] in self.found:
            raise self.no_such_round(name.partition("/")[0])
        else:
            raise self.unknown(name, later())
        return [ref if not dot else Reference(ref.node, port)]

    def all_rounds(self, name: str) -> list[Reference]:
        """The outputs of every round of a repeated entry."""
        if name not in self.rounds:
            raise self.no_such_round(name)
        return self.rounds[name]

    def no_such_round(self, name: str) -> Refusal:
        """Says of `NAME/...` that NAME is not repeated, or not so often, or a block that is not looked into."""
        rounds = len(self.rounds.get(name, ()))
        if rounds:
            help = f"write `{name}/0` to `{name}/{rounds - 1}`, `{name}/*` for all, or `{name}` for the last"
            return Refusal(f"`{name}` has {rounds} round{'s' * (rounds != 1)}, counted from 0", code="SC301", help=help)
        help = f"write `{name}`; what a block gives away stands in its `outputs`: `{name}.PORT`"
        return Refusal(f"`{shorten(name)}` is not repeated, so nothing stands behind a `/`", code="SC301", help=help)

    def unknown(self, name: str, later: dict[str, int]) -> Refusal:
        """Says of a name that it comes below, or is not there at all."""
        if name in later:
            line = later[name]
            return Refusal(
                f"`{name}` stands below, on line {line}",
                code="SC302",
                help=f"move `{name}` above this entry: data flows downwards",
            )
        guess = did_you_mean(name, self.found)
        help = f"did you mean `{guess}`?" if guess else None
        if help is None and self.found:
            known = list(self.found)
            help = f"above stand {', '.join(known[:8])}" + (", ..." if len(known) > 8 else "")
        return Refusal(f"there is no `{shorten(name)}` above", code="SC301", help=help)
