"""What the machine has free for a run."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from shapecalc.face.resources import find_available, limit

FREE = 2**33


def machine(root: Path, **files: str) -> str:
    """A folder that looks like `/` of a machine with 8 GiB free; `__` in a name stands for `/`."""
    default = {"proc__meminfo": f"MemTotal: 99999999 kB\nMemAvailable:   {FREE // 1024} kB\n", "proc__self__cgroup": ""}
    for name, text in (default | files).items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(root)


def test_memory_that_is_available(tmp_path: Path) -> None:
    assert find_available(machine(tmp_path)) == FREE


V2 = "sys__fs__cgroup__"


def test_a_limit_of_the_control_group(tmp_path: Path) -> None:
    files = {V2 + "job__memory.max": f"{2**30}\n", V2 + "job__memory.current": f"{2**29}\n"}
    root = machine(tmp_path, proc__self__cgroup="0::/job/step\n", **files)
    assert find_available(root) == 2**29
    (tmp_path / "sys/fs/cgroup/job/memory.stat").write_text(f"anon 5\ninactive_file {2**28}\nactive_file 7\n")
    assert find_available(root) == 2**29 + 2**28


def test_the_narrowest_of_nested_groups_counts(tmp_path: Path) -> None:
    inner, outer = V2 + "a__b__memory.", V2 + "a__memory."
    files = {inner + "max": "max\n", inner + "current": "5\n", outer + "max": "1000\n", outer + "current": "1\n"}
    assert find_available(machine(tmp_path, proc__self__cgroup="0::/a/b\n", **files)) == 999
    (tmp_path / "sys/fs/cgroup/a/b/memory.max").write_text("700\n")
    assert find_available(str(tmp_path)) == 695


def test_a_container_sees_its_own_group_as_the_top(tmp_path: Path) -> None:
    files = {V2 + "memory.max": "4096\n", V2 + "memory.current": "96\n"}
    assert find_available(machine(tmp_path, proc__self__cgroup="0::/\n", **files)) == 4000
    assert find_available(machine(tmp_path, proc__self__cgroup="0::/../other\n", **files)) == 4000


def test_control_groups_of_the_first_version(tmp_path: Path) -> None:
    name = "sys__fs__cgroup__memory__docker__abc__memory."
    files = {name + "limit_in_bytes": "8192\n", name + "usage_in_bytes": "192\n"}
    groups = "12:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n"
    root = machine(tmp_path, proc__self__cgroup=groups, **files)
    assert find_available(root) == 8000
    (tmp_path / "sys/fs/cgroup/memory/docker/abc/memory.stat").write_text("total_inactive_file 100\n")
    assert find_available(root) == 8100
    (tmp_path / "sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes").write_text("9223372036854771712\n")
    assert find_available(root) == FREE


@pytest.mark.parametrize("text", ["", "0::", "words\n", "0::/job\nx:y\n", "0::/" + "a/" * 5_000])
def test_groups_that_cannot_be_read_do_not_count(tmp_path: Path, text: str) -> None:
    assert find_available(machine(tmp_path, proc__self__cgroup=text, **{V2 + "job__memory.max": "??"})) == FREE


def test_a_group_that_is_full_has_nothing_free(tmp_path: Path) -> None:
    files = {V2 + "memory.max": "10\n", V2 + "memory.current": "12\n"}
    assert find_available(machine(tmp_path, proc__self__cgroup="0::/\n", **files)) == 0


def test_what_was_allowed_is_taken_as_it_is() -> None:
    assert limit(7) == 7


def test_the_address_space_of_the_process_counts(tmp_path: Path) -> None:
    large = tmp_path / "large.yaml"
    large.write_text("input: [64]\nlayers:\n  - Dense: {units: 2000000}\n")  # 496 MiB of weights
    small = tmp_path / "small.yaml"
    small.write_text("input: [64]\nlayers:\n  - Dense: {units: 2}\n")

    def run(path: Path) -> subprocess.CompletedProcess[str]:
        most = 2**29
        return subprocess.run(
            [sys.executable, "-m", "shapecalc", "run", str(path), "--input", "zeros"],
            cwd=Path(__file__).parents[2],
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most)),
            capture_output=True,
            text=True,
            check=False,
        )

    assert run(small).returncode == 0
    done = run(large)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.match(
        r"\S+large\.yaml:3:5: error\[SC603\] dense: the run needs about \d+\.\d MiB, more than the ", done.stderr
    )
