"""Where configs of published models stand and what is recorded of them: for the recorder and the tests."""

from __future__ import annotations

from pathlib import Path

CONFIGS = Path(__file__).resolve().parent / "configs"
"""The sizes of published models, in the files' own words; `_name_or_path` says whose they are."""
DATA = CONFIGS.parent / "data"
TOKENS = (1, 1000, 10_000)
"""Of caches; less and more than any window of a published model, where they have one."""
SOURCE = 100
"""Tokens that an encoder reads."""
