"""The exceptions for what cannot be done as it is written, raised where its line is not yet known."""

from __future__ import annotations


class Refusal(Exception):
    """Something that cannot be done as it is written.

    `message` says why, `code` is the diagnostic's, `help` is the way out. `instead` is what was probably meant, as a
    spec writes it; `safe` says that it cannot have been anything else, `example` that it is one among many. `offset`
    counts the characters of the text before the fault, and `wrong` is the piece of it to replace, where an expression
    or a reference is at fault; without it what is meant stands at the end.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        help: str | None = None,
        instead: str | None = None,
        safe: bool = True,
        example: bool = False,
        offset: int | None = None,
        wrong: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.help = f"did you mean `{instead}`?" if instead is not None and help is None else help
        self.instead = instead
        self.safe = safe and not example
        self.example = example
        self.offset = offset
        self.wrong = wrong

    def locate_at(self, offset: int) -> Refusal:
        """The same refusal, at this offset unless it has one already."""
        if self.offset is None:
            self.offset = offset
        return self


class ShapeError(Refusal):
    """A demand of a rule that is not met, and whom to blame.

    `arg` or `input` names the argument or the input that is to blame, `item` which of the tensors on that input.
    `wanted_rank` is the least rank that is needed, if the rank is at fault. `path` leads from the outermost layer to
    the one that failed; callers extend it on the way up. `change` is what the help says first of an argument of that
    layer: the value to give it, None to leave it out; it is given as `example` where another value would do. `above` is
    a line that takes the place of the entry, above the list of layers.
    """

    def __init__(
        self,
        message: str,
        *,
        arg: str | None = None,
        input: str | None = None,
        help: str | None = None,
        code: str = "SC401",
        wanted_rank: int | None = None,
        item: int | None = None,
        change: tuple[str, str | None] | None = None,
        example: tuple[str, str] | None = None,
        above: str = "",
    ) -> None:
        super().__init__(message, code=code, help=help, example=example is not None)
        self.change = change or example
        self.above = above
        self.arg = arg
        self.input = input
        self.item = item
        self.wanted_rank = wanted_rank
        self.path: tuple[str, ...] = ()


class RankError(ShapeError):
    """A shape with too few or too many axes: SC412 where the axis `missing` is time, SC411 otherwise."""

    def __init__(
        self,
        message: str,
        *,
        missing: str | None = None,
        arg: str | None = None,
        input: str | None = None,
        help: str | None = None,
        wanted_rank: int | None = None,
    ) -> None:
        code = "SC412" if missing == "time" else "SC411"
        super().__init__(message, arg=arg, input=input, help=help, code=code, wanted_rank=wanted_rank)
        self.missing = missing
