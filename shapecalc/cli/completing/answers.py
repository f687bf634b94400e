"""What could stand in place of the word that is typed."""

from __future__ import annotations

from typing import NamedTuple


class Candidate(NamedTuple):
    """A word with what it means; `goes_on` says that more of the same word is to follow."""

    value: str
    help: str = ""
    goes_on: bool = False


class Answer(NamedTuple):
    """The words that could stand there; `takes_files` says that names of files could, too.

    `prefix` is what stands in the word before its value: `--out=` of `--out=mo`.
    """

    candidates: list[Candidate]
    takes_files: bool = False
    prefix: str = ""
