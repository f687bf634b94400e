"""The commands: one file each, imported when used."""

from __future__ import annotations

import gc

# A command is short and makes few cycles: collecting would cost more than it frees, from the imports on.
gc.disable()
