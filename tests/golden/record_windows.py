"""Record the windows of scipy.signal, which Keras's STFTSpectrogram takes: `python tests/golden/record_windows.py`.

Needs scipy 1.17. Writes `data/windows.json`: name to the values of seven and eight, symmetric and periodic.
"""

from __future__ import annotations

import json
from pathlib import Path

from scipy.signal import get_window  # type: ignore
from scipy.signal.windows import _windows  # type: ignore

TARGET = Path(__file__).resolve().parent / "data" / "windows.json"

if __name__ == "__main__":
    names = sorted(name for name, (_, takes) in _windows._WIN_FUNCS.items() if takes is not True)
    kinds = [(length, periodic) for length in (1, 2, 7, 8) for periodic in (False, True)]
    found = {
        name: [[round(float(one), 12) for one in get_window(name, length, periodic)] for length, periodic in kinds]
        for name in names
    }
    rows = [f"{json.dumps(name)}:{json.dumps(values, separators=(',', ':'))}" for name, values in found.items()]
    TARGET.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
