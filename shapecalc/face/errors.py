"""The exception of a model that is wrong or cannot be read: it prints like the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapecalc.diagnostics import Diagnostic


class ModelError(ValueError):
    """What is wrong with a model, all at once. `findings` are the diagnostics: each has a code, a message, a place.

    As text it is what the command line prints: the line of the spec, the place in it, and the way out.
    """

    def __init__(self, findings: Iterable[Diagnostic], lines: Callable[[str], list[str]]) -> None:
        self.findings = tuple(findings)
        self.lines = lines
        super().__init__(self.findings)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the findings: `("SC412",)`."""
        return tuple(finding.code for finding in self.findings)

    def __str__(self) -> str:
        from shapecalc.render.findings.full import full

        return full(self.findings, self.lines)

    def __reduce__(self) -> tuple[object, ...]:
        files = {finding.span.file for finding in self.findings if finding.span is not None}
        return _make_again, (self.findings, {file: self.lines(file) for file in files})


def _make_again(findings: tuple[Diagnostic, ...], sources: dict[str, list[str]]) -> ModelError:
    """The same error in another process."""
    return ModelError(findings, lambda file: sources.get(file, []))
