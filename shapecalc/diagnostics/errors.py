"""The errors a rule raises: it blames an argument or an input, and whoever called it locates the line."""

from __future__ import annotations


class ShapeError(Exception):
    """A demand on sizes that is not met.

    `arg` or `input` names what is to blame, `item` which of the tensors on that input, `help` the way out, `code` the
    diagnostic. `wanted_rank` is the least rank that would do, where rank is the trouble. `path` leads from the
    outermost layer to the one that failed; callers extend it on the way up.
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
    ) -> None:
        super().__init__(message)
        self.item = item
        self.message = message
        self.arg = arg
        self.input = input
        self.help = help
        self.code = code
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
