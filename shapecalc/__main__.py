"""`python -m shapecalc`."""

from __future__ import annotations

import sys

from shapecalc.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
