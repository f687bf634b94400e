"""The memory and the cores of the machine that a run may use."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecalc.analysis.report import Report

_NUMPY = 2**27
"""Bytes of address space that NumPy takes to be imported, with room for small arrays."""


def limit(given: int | None) -> int | None:
    """The bytes that are allowed, else those that the machine has free; None where it does not tell."""
    return given if given is not None else find_available()


def find_available(root: str = "/") -> int | None:
    """Bytes that are free: those that Linux has without swapping, or that limits of control groups and process leave.

    Elsewhere half of what is installed. `root` is where `proc` and `sys` are.
    """
    free = [_read_meminfo(root) or _count_installed(), *_list_groups(root), _measure_address_space()]
    return min((size for size in free if size is not None), default=None)


def _read_meminfo(root: str) -> int | None:
    for line in _read_lines(os.path.join(root, "proc/meminfo")):
        words = line.split()
        if len(words) > 1 and words[0] == "MemAvailable:" and words[1].isdecimal():
            return int(words[1]) * 1024
    return None


def _count_installed() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, OSError, ValueError):
        return None


def _list_groups(root: str) -> Iterator[int]:
    """The bytes that each control group of this process, and each around it, has left: versions 2 (`0::/a`) and 1."""
    for line in _read_lines(os.path.join(root, "proc/self/cgroup")):
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            top, names = "sys/fs/cgroup", ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            top, names = (
                "sys/fs/cgroup/memory",
                ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
            )
        else:
            continue
        # A container's path is the host's, and `..` leads out of what it sees: the folders that are there count.
        parts = [part for part in path.split("/") if part not in ("", "..")]
        for depth in range(len(parts) + 1):
            room = _measure_room(os.path.join(root, top, *parts[:depth]), *names)
            if room is not None:
                yield room


def _measure_room(folder: str, most: str, used: str, cache: str) -> int | None:
    """Bytes that a group may still take: its limit less what it uses, without pages of files that can be dropped."""
    limit, usage = _read_number(os.path.join(folder, most)), _read_number(os.path.join(folder, used))
    if limit is None or usage is None:
        return None
    for line in _read_lines(os.path.join(folder, "memory.stat")):
        name, _, size = line.partition(" ")
        if name == cache and size.isdecimal():
            usage -= int(size)
    return max(limit - usage, 0)


def _measure_address_space() -> int | None:
    """Bytes that RLIMIT_AS leaves this process."""
    try:
        from resource import RLIM_INFINITY, RLIMIT_AS, getrlimit
    except ImportError:  # Windows
        return None
    most = getrlimit(RLIMIT_AS)[0]
    pages = next(iter(_read_lines("/proc/self/statm")), "0").partition(" ")[0]
    return None if most == RLIM_INFINITY else max(most - int(pages) * os.sysconf("SC_PAGE_SIZE"), 0)


def _read_number(path: str) -> int | None:
    text = next(iter(_read_lines(path)), "").strip()
    return int(text) if text.isdecimal() and len(text) < 30 else None


def _read_lines(path: str) -> list[str]:
    """The lines of a small file of the system; none where it cannot be read."""
    try:
        with open(path, encoding="ascii") as file:
            return file.read(2**20).splitlines()
    except (OSError, ValueError):
        return []


def prepare_numpy(processes: int = 1) -> None:
    """Limits NumPy's threads to the cores of this process, before it is imported: more only take time to start.

    Raises Fault with SC603 where this process may not take the address space that NumPy needs; NumPy would end it.
    """
    room = _measure_address_space()
    if room is not None and room < _NUMPY:
        from shapecalc.diagnostics import Fault, error
        from shapecalc.dims import binary_text

        message = f"NumPy needs {binary_text(_NUMPY)} of address space, more than the {binary_text(room)} allowed"
        raise Fault(error("SC603", message, help="raise `ulimit -v`"))
    threads = 1 if room is not None and room < 8 * _NUMPY else max(1, min(os.cpu_count() or 1, 8) // processes)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", str(threads))


def refuse_large_inputs(report: Report, batch: int, most: int | None) -> None:
    """Raises Fault with SC603 where the inputs alone are beyond the limit, before anything is allocated."""
    from shapecalc.analysis.costs import tensor_bytes
    from shapecalc.diagnostics import Fault, error
    from shapecalc.dims import binary_text

    for name, tensor in report.inputs.items():
        size = tensor_bytes(tensor, batch)
        if most is not None and isinstance(size, int) and size > most:
            message = f"the input `{name}` needs {binary_text(size)}, more than the {binary_text(most)} allowed"
            help = "run a smaller batch or input, or raise `--max-memory`"
            raise Fault(error("SC603", message, help=help))
