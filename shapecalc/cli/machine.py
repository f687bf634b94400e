"""What a run may take of the machine: memory and cores."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report

_UNITS = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_SIZE = re.compile(r"\s*([0-9]{1,15}(?:\.[0-9]{1,6})?)\s*([kmgt]?)(?:i?b)?\s*\Z", re.IGNORECASE)


def parse_bytes(text: str) -> int:
    """`2GiB`, `500 MB`, `1.5g` or bytes as a number; units are powers of 1024. Raises ValueError."""
    match = _SIZE.match(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is no size such as 2GiB, 500MiB or 1000000")
    return int(float(match[1]) * _UNITS[match[2].lower()])


def limit(given: int | None) -> int | None:
    """What was allowed, else what the machine has free; None where it does not say."""
    return given if given is not None else available()


def available() -> int | None:
    """Bytes that can be had without swapping: Linux says so, elsewhere half of what is installed."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, OSError, ValueError):
        return None


def prepare_numpy() -> None:
    """To be called before NumPy is imported: more threads than cores help nobody, and starting them takes time."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", str(min(os.cpu_count() or 1, 8)))


def refuse_large_inputs(report: Report, batch: int, most: int | None) -> None:
    """Raises Fault with SC603 where the inputs alone are beyond the limit, before anything is allocated."""
    from shapecalc.analysis.costs import tensor_bytes
    from shapecalc.diagnostics import Diagnostic, Fault
    from shapecalc.dims import binary_text

    for name, tensor in report.inputs.items():
        size = tensor_bytes(tensor, batch)
        if most is not None and isinstance(size, int) and size > most:
            message = f"the input `{name}` needs {binary_text(size)}, more than the {binary_text(most)} allowed"
            help = "run a smaller batch or input, or raise `--max-memory`"
            raise Fault(Diagnostic("SC603", "error", "", message, help=help))
