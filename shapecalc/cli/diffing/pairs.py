"""The files of both sides compared, one by one or folder by folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.analysis.diffs.files import FileChange, FolderDiff, pair_renamed
from shapecalc.analysis.diffs.models import compare_models
from shapecalc.cli.diffing.sides import Folder, Side, list_folder
from shapecalc.document.files import real_path

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.cli.checking.rules import CheckRules
    from shapecalc.cli.session import Session
    from shapecalc.diagnostics import Diagnostic


class Model(NamedTuple):
    """A file that was read: its model, None where it is not sound, and what is wrong with it."""

    file: str
    report: Report | None
    findings: list[Diagnostic]


class Comparer:
    """Compares files of two sides; what is wrong with them goes to the findings of the session."""

    def __init__(self, session: Session, old: Side, new: Side, depth: int) -> None:
        self.session = session
        self.sides = (old, new)
        self.depth = depth

    def compare_files(self, exists: tuple[bool, bool]) -> FileChange | None:
        """What became of one file, which one side may lack; None where a finding says why that is not known."""
        models = [
            self._read(side, side.path, None) if there else None for side, there in zip(self.sides, exists, strict=True)
        ]
        self._report_findings([model for model in models if model is not None])
        names = [side.path for side, there in zip(self.sides, exists, strict=True) if there]
        return self._compare(models[0], models[1], names[-1], names[0])

    def compare_folders(self, exists: tuple[bool, bool], rules: CheckRules) -> FolderDiff:
        """What became of each file of two folders, of which one may be missing. Raises Fault."""
        folders = [
            list_folder(side, rules) if there else Folder({}, {}, [])
            for side, there in zip(self.sides, exists, strict=True)
        ]
        for folder in folders:
            self.session.diagnostics += folder.findings
        old, new = self._read_folders(folders)
        # What is wrong with a file that nobody changed is said once.
        said = [model for path, model in old.items() if not _is_same_file(path, folders)]
        self._report_findings([*said, *new.values()])
        renamed = _pair_files(old, new, folders)
        before = {other: path for path, other in renamed.items()}
        changes, broken = [], []
        for path in sorted({*old, *new} - {*renamed}):
            was = before.get(path, path)
            change = self._compare(old.get(was), new.get(path), path, was)
            if change is not None and path != was:
                change = change._replace(kind="renamed")
            if change is None:
                broken.append(path)
            else:
                changes.append(change)
        old_side, new_side = self.sides
        return FolderDiff((old_side.path, new_side.path), (old_side.chosen, new_side.chosen), changes, broken)

    def _read_folders(self, folders: list[Folder]) -> tuple[dict[str, Model], dict[str, Model]]:
        """The models of both sides by their paths, without the files that others use as blocks."""
        read = [
            {path: self._read(side, file, folder.contents) for path, file in folder.files.items()}
            for side, folder in zip(self.sides, folders, strict=True)
        ]
        used = {real for library in self.session.libraries for real in library.specs}
        old, new = ({path: model for path, model in side.items() if real_path(model.file) not in used} for side in read)
        return old, new

    def _read(self, side: Side, file: str, contents: Mapping[str, bytes] | None) -> Model:
        """One file; `contents` are of files that were read before."""
        session, known = self.session, contents or {}
        before = len(session.diagnostics)
        session.settings = side.settings
        session.reader.begin()
        read_file: Callable[[str], bytes] | None = side.open(session.reader)
        if file in known:
            read_other = read_file or session.reader.read
            read_file = _give(known, read_other)
        report = session.report(file, read_file)
        findings = session.diagnostics[before:]
        del session.diagnostics[before:]
        is_sound = report is not None and report.ok and not any(finding.severity == "error" for finding in findings)
        return Model(file, report if is_sound else None, findings)

    def _report_findings(self, models: list[Model]) -> None:
        """Adds what is wrong with models to the findings, what two sides share once."""
        found = [*self.session.diagnostics, *(finding for model in models for finding in model.findings)]
        self.session.diagnostics = list(dict.fromkeys(found))

    def _compare(self, old: Model | None, new: Model | None, path: str, was: str) -> FileChange | None:
        """What became of a file; None where a side is broken."""
        if any(model is not None and model.report is None for model in (old, new)):
            return None
        files = (None if old is None else old.file, None if new is None else new.file)
        before, after = (None if model is None else model.report for model in (old, new))
        with self.session.guard(files[1] or files[0] or path):
            if before is None or after is None:
                return FileChange("added" if before is None else "removed", before, after, files, path, was)
            settings = (self.sides[0].chosen, self.sides[1].chosen)
            diff = compare_models(before, after, self.depth)._replace(settings=settings)
            kind = "changed" if diff.differs else "equal"
            return FileChange(kind, before, after, files, path, was, diff)
        return None


def _give(contents: Mapping[str, bytes], read: Callable[[str], bytes]) -> Callable[[str], bytes]:
    """Reads files, some of which were read already."""
    return lambda path: contents[path] if path in contents else read(path)


def _is_same_file(path: str, folders: list[Folder]) -> bool:
    """Whether the file at a path has the same bytes on both sides."""
    old, new = (folder.contents.get(folder.files.get(path, "")) for folder in folders)
    return old is not None and old == new


def _pair_files(old: dict[str, Model], new: dict[str, Model], folders: list[Folder]) -> dict[str, str]:
    """The new file that each old one became under another path."""
    gone, come = (
        {path: model.report for path, model in side.items() if path not in other and model.report is not None}
        for side, other in ((old, new), (new, old))
    )
    places: dict[bytes, list[str]] = {}
    for path in come:
        data = folders[1].contents.get(new[path].file)
        if data is not None:
            places.setdefault(data, []).append(path)
    same = {}
    for path in gone:
        others = places.get(folders[0].contents.get(old[path].file, b""), [])
        if others:
            same[path] = others.pop(0)
    return pair_renamed(gone, come, same)
