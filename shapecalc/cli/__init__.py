"""The commands: one file each, imported when used."""

from __future__ import annotations

import gc

# A command is short and makes few cycles: garbage collection would cost more than it frees.
gc.disable()
