"""Processor time that the language server takes for a key in a long file, all that an editor asks for then included.

`python -m tests.benchmarks.keys [LAYERS]`
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from shapecalc.analysis.analyse import analyse
from tests.layering import parse
from tests.lsp.client import Client, session
from tests.lsp.test_typing import write_layers

TYPED = "  - Dense: {units: 5, activation: relu}\n    from: layer_3\n"


def main(layers: int = 200) -> None:
    text = write_layers(layers)
    middle = text.index("  - ", len(text) // 2)
    with tempfile.TemporaryDirectory() as folder, session(Path(folder)) as client:
        uri = (Path(folder) / "model.yaml").as_uri()
        client.open(uri, text)
        client.wait_for_findings(uri)
        ask(client, uri, text, middle)
        taken = []
        for end in range(1, len(TYPED) + 1):
            before = processor(client.process.pid)
            client.change(uri, text[:middle] + TYPED[:end] + text[middle:])
            ask(client, uri, text[:middle] + TYPED[:end], middle + end)
            client.wait_for_findings(uri)
            taken.append(processor(client.process.pid) - before)
    print(f"{layers} layers, milliseconds a key: median {1000 * median(taken):.0f}, most {1000 * max(taken):.0f}")
    print(f"the analysis alone: {1000 * median(analysis(text) for _ in range(9)):.1f}")


def ask(client: Client, uri: str, text: str, offset: int) -> None:
    """What an editor asks for after a key."""
    line, character = text.count("\n", 0, offset), offset - (text.rfind("\n", 0, offset) + 1)
    client.at("completion", uri, line, character)
    client.at("hover", uri, line, max(character - 1, 0))
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": text.count("\n") + 99, "character": 0}}
    client.request("textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": whole})
    place = {"textDocument": {"uri": uri}, "range": whole, "context": {"diagnostics": []}}
    client.request("textDocument/codeAction", place)


def processor(pid: int) -> float:
    """Seconds of the processor that a process has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def analysis(text: str) -> float:
    """Seconds of the processor that reading and inferring a text takes."""
    before = time.process_time()
    analyse(parse(text))
    return time.process_time() - before


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
