"""Writes the snapshots anew."""

from tests.render.diffs.snapshots import write_snapshots

write_snapshots()
