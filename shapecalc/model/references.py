"""Names of a graph's entries, and references to them: `NAME`, `NAME.PORT`, `NAME.*`, `NAME/0`, `NAME/*`, `prev`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from shapecalc.diagnostics import did_you_mean, has_rival, shorten
from shapecalc.diagnostics.errors import Refusal

ALL = "*"
"""The port of a reference to all outputs of a node."""
TAKEN = ("input", "prev")
"""Names that no entry may have."""
WIRING = frozenset(("from", "call", "if", "repeat"))
"""What may stand beside a type."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")


class Reference(NamedTuple):
    """An output of a node as `from` names it: `port` None is its first, `*` all of them, else a name or a position."""

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
    """What is wrong with a name that an entry gives itself; None where it is sound."""
    if name in TAKEN:
        return f"the name `{name}` is taken: `input` is the input and `prev` the entry above"
    if not _NAME.match(name):
        return f"`{shorten(name)}` cannot be a name: it begins with a letter and holds letters, digits, `_` and `-`"
    if len(name) > 200:
        return f"`{shorten(name)}` is too long for a name"
    return None


class Names:
    """The names of one graph so far, and the outputs that they mean.

    `references` holds the output of each name, `rounds` those of every round of a repeated entry, `prev` that of the
    entry above. `counts` says how often an automatic name was made, `ambiguous` which were made more than once.
    """

    def __init__(self) -> None:
        self.references: dict[str, Reference] = {}
        self.rounds: dict[str, list[Reference]] = {}
        self.prev: Reference | None = None
        self.counts: dict[str, int] = {}
        self.ambiguous: set[str] = set()

    def add(self, name: str, reference: Reference) -> None:
        """Let later entries refer to an output by this name, and as `prev`."""
        self.references[name] = reference
        self.prev = reference

    def make_automatic(self, base: str) -> str:
        """The next automatic name of a type in Keras's scheme: `dense`, `dense_1`."""
        count = self.counts.get(base, 0)
        name = f"{base}_{count}" if count else base
        while name in self.references:
            count += 1
            name = f"{base}_{count}"
        if base in self.counts:
            self.ambiguous.add(base)
        self.counts[base] = count + 1
        return name

    def make_again(self, name: str) -> str:
        """The name of a further call of a layer where the call gives none: `dense@2`."""
        count = self.counts.get(f"{name}@", 1) + 1
        self.counts[f"{name}@"] = count
        return f"{name}@{count}"

    def resolve(self, text: str, list_below: Callable[[], dict[str, int]]) -> list[Reference]:
        """The outputs that a text names. Raises Refusal.

        `list_below` gives the lines of names further down, and is called only to explain a name that is not above.
        """
        name, dot, port = text.partition(".")
        if name.endswith("/*"):
            rounds = self._rounds_of(name[:-2])
            return [Reference(reference.node, port) for reference in rounds] if dot else list(rounds)
        if name == "prev":
            if self.prev is None:
                message = "`prev` is the entry above, and there are several inputs"
                raise Refusal(message, code="SC301", help="name one of them")
            reference = self.prev
        elif name in self.references:
            reference = self.references[name]
        elif "/" in name and name.partition("/")[0] in self.references:
            raise self._make_round_refusal(name.partition("/")[0], name)
        else:
            raise self._make_name_refusal(name, list_below())
        return [reference if not dot else Reference(reference.node, port)]

    def _rounds_of(self, name: str) -> list[Reference]:
        if name not in self.rounds:
            raise self._make_round_refusal(name, f"{name}/*")
        return self.rounds[name]

    def _make_round_refusal(self, name: str, written: str) -> Refusal:
        """The refusal of `NAME/...`: NAME is not repeated, or not so often, or is a block, which is not opened."""
        rounds = len(self.rounds.get(name, ()))
        if rounds:
            message = f"`{name}` has {rounds} round{'s' * (rounds != 1)}, counted from 0"
            help = f"write `{name}/0` to `{name}/{rounds - 1}`, `{name}/*` for all, or `{name}` for the last"
        else:
            message = f"`{shorten(name)}` is not repeated, so nothing stands after a `/`"
            help = f"write `{name}`; what a block gives away stands in its `outputs`: `{name}.PORT`"
        instead = name if name in self.references else None
        return Refusal(message, code="SC301", help=help, instead=instead, safe=False, wrong=written)

    def _make_name_refusal(self, name: str, below: dict[str, int]) -> Refusal:
        """The refusal of a name that comes below, or does not exist."""
        if name in below:
            help = f"move `{name}` above this entry: data flows downwards"
            return Refusal(f"`{name}` stands below, on line {below[name]}", code="SC302", help=help)
        guess = did_you_mean(name, self.references)
        above = list(self.references)
        listed = f"the names above are {', '.join(above[:8])}" + (", ..." if len(above) > 8 else "") if above else None
        safe = guess is not None and not has_rival(name, guess, above)
        message = f"there is no `{shorten(name)}` above"
        return Refusal(message, code="SC301", help=None if guess else listed, instead=guess, safe=safe, wrong=name)
