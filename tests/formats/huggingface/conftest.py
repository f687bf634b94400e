"""Commands, for the documents that show them."""

from __future__ import annotations

from tests.cli.conftest import shapecalc as shapecalc
