"""`check --fix`: the edits that findings carry, made in rounds until there are no more.

After each round the text is read again. A fix is kept where its finding is gone, what could be read can still be read,
and nothing else is found in its place, but for what was hidden behind a fault of form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from shapecalc.cli.checking.check_files import Checked, check_files
from shapecalc.cli.checking.rules import Task
from shapecalc.diagnostics import Diagnostic, Edit, Fault, apply_edits
from shapecalc.document.files import Reader, real_path

MOST_ROUNDS = 200
_MOST_PASSES = 5
_SHAPES = "SC4"
"""From here on codes are of faults that hide nothing."""
_UNREADABLE = ("SC101", "SC105", "SC106", "SC602", "SC610")
"""Codes of faults behind which nothing is read."""

_Key: TypeAlias = tuple[str, str, str, str]


class Fixed(NamedTuple):
    """A file with its text before and after."""

    file: str
    old: str
    new: str


class Fixing(NamedTuple):
    """What became of the files: the results of all as they are then, and the changed ones."""

    results: list[Checked]
    files: list[Fixed]
    total: int
    """How many findings were mended."""
    guesses: int
    """How many are left whose fixes are not safe, where only safe ones were made."""


def list_fixes(findings: Iterable[Diagnostic], unsafe: bool) -> dict[str, list[Diagnostic]]:
    """By file the findings whose edits can be made together: of two that overlap, the first.

    Safe ones alone, or with `unsafe` all but examples.
    """
    chosen: dict[str, list[Diagnostic]] = {}
    for finding in findings:
        files = {edit.file for edit in finding.edits}
        if len(files) != 1 or finding.example or not (finding.safe or unsafe):
            continue
        others = chosen.setdefault(files.pop(), [])
        if not any(_overlap(finding.edits, other.edits) for other in others):
            others.append(finding)
    return {file: fixes for file, fixes in chosen.items() if fixes}


def _overlap(edits: Sequence[Edit], others: Sequence[Edit]) -> bool:
    """Whether two changes touch the same characters, or put something in at the same place."""
    return any(
        (edit[1:3] < other[3:5] and other[1:3] < edit[3:5]) or edit[1:3] == other[1:3]
        for edit in edits
        for other in others
    )


def fix_files(results: Sequence[Checked], files: Iterable[str], task: Task, unsafe: bool) -> Fixing:
    """Makes the edits of findings, in memory; in `files` alone, though a finding may be in another that is a block."""
    fixer = _Fixer(results, files, task, unsafe)
    for _ in range(_MOST_PASSES):  # a block that is mended may make way for its users
        before = fixer.total
        for file in fixer.files:
            fixer.fix(file)
        if fixer.total == before:
            break
        fixer.rejected.clear()
    changed = [Fixed(fixer.names[real], fixer.old[real], fixer.texts[real]) for real in fixer.texts]
    left = fixer.finish()
    findings = [finding for result in left for finding in result.findings if not finding.safe]
    by_file = {} if unsafe else list_fixes(findings, unsafe=True)
    guesses = sum(len(fixes) for file, fixes in by_file.items() if real_path(file) in fixer.names)
    return Fixing(left, [file for file in changed if file.old != file.new], fixer.total, guesses)


class _Fixer:
    """The texts of files as they stand, by real path, and what is found in them."""

    def __init__(self, results: Sequence[Checked], files: Iterable[str], task: Task, unsafe: bool) -> None:
        self.results = list(results)
        self.names = {real_path(file): file for file in files}
        self.task = task
        self.rounds = task._replace(confirmation=None, wants_models=False, update=None)
        self.unsafe = unsafe
        self.old: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self.seen: set[tuple[str, str]] = set()
        self.touched: set[int] = set()
        self.rejected: set[tuple[_Key, tuple[Edit, ...]]] = set()
        self.total = 0

    @property
    def files(self) -> list[str]:
        """The real paths of the files with something to fix."""
        found = {real_path(file) for result in self.results for file in list_fixes(result.findings, self.unsafe)}
        return [real for real in self.names if real in found]

    def fix(self, real: str) -> None:
        """Rounds of fixes in one file, until there are none that are kept."""
        users = [
            position
            for position, result in enumerate(self.results)
            if real_path(result.file) == real or real in result.block_files
        ]
        if not self._read(real):
            return
        kept_before = self.total
        for _ in range(MOST_ROUNDS):
            fixes = self._list_open(real, users)
            if not fixes and self.total > kept_before:  # what was taken back may do now
                kept_before = self.total
                self.rejected.clear()
                fixes = self._list_open(real, users)
            if not fixes:
                return
            if not self._try(real, users, fixes) and (len(fixes) == 1 or not self._try(real, users, fixes[:1])):
                self.rejected.add((_make_key(fixes[0]), fixes[0].edits))

    def _list_open(self, real: str, users: list[int]) -> list[Diagnostic]:
        """The fixes in a file that can be made together and were not taken back."""
        findings = [
            finding
            for position in users
            for finding in self.results[position].findings
            if (_make_key(finding), finding.edits) not in self.rejected
        ]
        distinct = list({(_make_key(finding), finding.edits): finding for finding in findings}.values())
        by_file = list_fixes(distinct, self.unsafe)
        return next((fixes for file, fixes in by_file.items() if real_path(file) == real), [])

    def _read(self, real: str) -> bool:
        """Whether the text of a file is known, which is read the first time it is asked for."""
        if real not in self.texts:
            try:
                text = Reader().read(self.names[real]).decode("utf-8").removeprefix("\ufeff")
            except (Fault, UnicodeDecodeError):
                return False
            self.old[real] = self.texts[real] = text
            self.seen.add((real, text))
        return True

    def _try(self, real: str, users: list[int], fixes: list[Diagnostic]) -> bool:
        """Makes fixes, if all of them can be kept."""
        before, text = [self.results[position] for position in users], self.texts[real]
        new = apply_edits(text, [edit for fix in fixes for edit in fix.edits])
        if (real, new) in self.seen:  # two guesses that undo each other
            return False
        self.texts[real] = new
        after = self._check(users, self.rounds)
        if not _is_better(before, after, fixes):
            self.texts[real] = text
            return False
        for position, result in zip(users, after, strict=True):
            self.results[position] = result
        self.touched |= set(users)
        self.seen.add((real, new))
        self.total += len(fixes)
        return True

    def _check(self, users: list[int], task: Task) -> list[Checked]:
        texts = {real: text.encode("utf-8") for real, text in self.texts.items()}
        return check_files([self.results[position].file for position in users], task, texts=texts)

    def finish(self) -> list[Checked]:
        """The results of all files, those that were touched judged once more as the task has it."""
        users = sorted(self.touched)
        for position, result in zip(users, self._check(users, self.task), strict=True):
            self.results[position] = result
        return self.results


def _make_key(finding: Diagnostic) -> _Key:
    """What tells a finding from another, wherever it stands."""
    file = finding.span.file if finding.span is not None else ""
    return finding.code, finding.subject, finding.message, file


def _is_better(before: list[Checked], after: list[Checked], fixes: list[Diagnostic]) -> bool:
    """Whether fixes are to be kept."""
    old = [finding for result in before for finding in result.findings]
    new = [finding for result in after for finding in result.findings]
    left, had = Counter(map(_make_key, new)), Counter(map(_make_key, old))
    if any(had[key] - left[key] < count for key, count in Counter(map(_make_key, fixes)).items()):
        return all(_has_moved(fix, new) for fix in fixes)
    if _count(new, _UNREADABLE) > _count(old, _UNREADABLE):
        return False
    if all(fix.code < _SHAPES and (fix.safe or fix.code in _UNREADABLE) for fix in fixes):
        return True
    return (_count(new), len(new)) < (_count(old), len(old))


def _has_moved(fix: Diagnostic, findings: list[Diagnostic]) -> bool:
    """Whether a fault that ends the reading of a file stands further down than before."""
    if fix.code not in _UNREADABLE or fix.span is None:
        return False
    file, *place = fix.span[:3]
    return all(
        [*finding.span[1:3]] > place
        for finding in findings
        if finding.span is not None and finding.span.file == file and finding.code in _UNREADABLE
    )


def _count(findings: list[Diagnostic], codes: tuple[str, ...] = ()) -> int:
    """How many errors there are, or how many findings of some codes."""
    if codes:
        return sum(finding.code in codes for finding in findings)
    return sum(finding.severity == "error" for finding in findings)
