"""The names and calls of other libraries as entries of a spec: loaded only where an entry could not be read."""

from __future__ import annotations

from shapecalc.layers.foreign.calls import Call, Name, read_call
from shapecalc.layers.foreign.translate import Counterpart, NoLayer, list_other_names, translate

__all__ = ["Call", "Counterpart", "Name", "NoLayer", "list_other_names", "read_call", "translate"]
