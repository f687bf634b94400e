"""Holds the schema to what editors make of it: `python -m tests.editors SERVER`, with a yaml-language-server.

Prints what it finds in sound specs, in how many of `specs/reject` it finds something, what it offers, and times.
Exits with 1 where a sound spec has a finding, fewer than 40 faulty ones have, or a completion lacks.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from shapecalc.render.spec_schema import schema_text
from tests.editors.server import Server, start

SPECS = Path(__file__).parents[2] / "specs"
LEAST = 40
HEAD = "input: [5, 1]\nlayers:\n"
OFFERED = {
    "|": {"layers", "input", "inputs", "expect", "blocks"},
    f"{HEAD}  - |": {"LSTM", "Flatten", "ops.mean"},
    f"{HEAD}  - LSTM: {{|}}": {"units", "return_sequences", "name"},
    f"{HEAD}  - LSTM: {{u|}}": {"units", "use_bias"},
    f"{HEAD}  - LSTM:\n      |": {"units", "return_sequences", "name"},
    f"{HEAD}  - Conv2D: {{filters: 3, kernel_size: 3, padding: |}}": {"valid", "same"},
    f"{HEAD}  - Dense: {{units: 3, activation: |}}": {"relu", "softmax"},
    f"{HEAD}  - Dense: {{units: 3, use_bias: |}}": {"true", "false"},
    f"{HEAD}  - Dense: {{units: 3, kernel_initializer: {{|}}}}": {"zeros", "constant"},
    f"{HEAD}  - TimeDistributed: {{layer: {{|}}}}": {"Dense", "LSTM"},
    f"{HEAD}  - Dense: {{units: 3}}\n    |": {"from", "call", "if", "repeat"},
    f"{HEAD}  - Flatten\nexpect: {{|}}": {"params", "output", "layers"},
}
"""What must be among what is offered where `|` stands."""
SHOWN = {f"{HEAD}  - LS|TM: {{units: 5}}": "LSTM", f"{HEAD}  - LSTM: {{un|its: 5}}": "units"}
"""The title of what is shown over a word."""


def check_specs(server: Server) -> bool:
    """Whether sound specs have no finding; prints those they have, and the time of the longest."""
    paths = [path for path in sorted(SPECS.rglob("*.yaml")) if path.parent.name != "reject"]
    findings = 0
    slowest = (0.0, "")
    for path in paths:
        start_time = perf_counter()
        found = server.check(path.read_text(), path.name)
        slowest = max(slowest, (perf_counter() - start_time, path.name))
        findings += len(found)
        for finding in found:
            print(f"{path.relative_to(SPECS)}:{finding['range']['start']['line'] + 1}: {finding['message']}")
    print(f"{len(paths)} sound specs: {findings} findings; the slowest took {slowest[0]:.2f} s: {slowest[1]}")
    return not findings


def check_faults(server: Server) -> bool:
    """Whether enough of the faulty specs have a finding; prints those that have none."""
    paths = sorted((SPECS / "reject").glob("*.yaml"))
    unseen = [path.stem for path in paths if not server.check(path.read_text(), path.name)]
    print(f"{len(paths)} faulty specs: findings in {len(paths) - len(unseen)}; none in {', '.join(unseen)}")
    return len(paths) - len(unseen) >= LEAST


def check_completion(server: Server) -> bool:
    """Whether what must be offered and shown is."""
    is_good = True
    for text, wanted in OFFERED.items():
        offered = server.complete(text)
        lacking = wanted - set(offered) | set(offered) & {"Lambda", "InputLayer", "TimeDistributedDense"}
        print(
            f"{text.rpartition(chr(10))[2].strip()}: {len(offered)} offered{f', wrong: {lacking}' if lacking else ''}"
        )
        is_good &= not lacking
    for text, title in SHOWN.items():
        is_good &= f"#### {title}" in server.hover(text)
    return is_good


def main(command: str) -> int:
    with TemporaryDirectory() as folder:
        schema = Path(folder) / "schema.json"
        schema.write_text(schema_text())
        print(f"The schema has {schema.stat().st_size:,} bytes")
        with start(Path(command), schema) as server:
            results = [check_specs(server), check_faults(server), check_completion(server)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
