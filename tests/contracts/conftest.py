"""Commands, for the contracts of what they print."""

from __future__ import annotations

from tests.cli.conftest import shapecalc as shapecalc
