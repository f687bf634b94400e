"""Lists of what happens within a `with` statement: assumptions that were made, axes that were asked for."""

from __future__ import annotations

from threading import local
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from types import TracebackType

T = TypeVar("T")


class Watch(local, Generic[T]):
    """`with watch as notes:` gives the list of what is noted until the end of the `with`, by the same thread.

    Where they nest, the innermost gets the notes; outside of any, notes are dropped.
    """

    def __init__(self) -> None:
        self._lists: list[list[T]] = []

    def note(self, *values: T) -> None:
        """Adds to the list of the innermost `with`, if there is one."""
        if self._lists:
            self._lists[-1] += values

    def __enter__(self) -> list[T]:
        notes: list[T] = []
        self._lists.append(notes)
        return notes

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._lists.pop()
