"""What recorders of Keras models have in common; nothing here imports Keras."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def record_named(file: Path, builders: Mapping[str, Any], record: Callable[[Any], Any], *, keep: bool) -> None:
    """Records what each builder gives into a file, by name; with `keep`, beside what stands in it.

    Exits with what failed, all of it.
    """
    failed: list[str] = []
    recorded = json.loads(gzip.decompress(file.read_bytes())) if keep and file.exists() else {}
    for name, builder in builders.items():
        try:
            recorded[name] = record(builder)
        except Exception as failure:  # all that fail are told at once
            failed.append(f"{name}: {type(failure).__name__}: {str(failure)[:600]}")
    text = json.dumps(recorded, separators=(",", ":"))
    file.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(len(recorded), "models,", len(text), "characters,", file.stat().st_size, "bytes")
    if failed:
        raise SystemExit("\n".join(failed))


def without_bytes(text: str) -> str:
    """A config without the bytes of its lambdas, which are read by nobody and say where they were made."""
    return re.sub(r"4w[\w+/=]{20,}(?:\\n[\w+/=]*)*", "4wEA", text)
