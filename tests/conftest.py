"""What every test runs under."""

from __future__ import annotations

import os

# Test processes run side by side: threads of NumPy's own, which it starts on import, would wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
