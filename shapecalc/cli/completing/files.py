"""Names of files, where bash does not list them itself."""

from __future__ import annotations

import os

_MOST = 5_000


def list_files(typed: str) -> list[str]:
    """The files and folders that begin as typed, `~` kept as it is; folders end with `/`."""
    folder, name = os.path.split(typed)
    lead = typed[: len(typed) - len(name)]
    listed: list[str] = []
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:
            for entry in entries:
                if entry.name.startswith(name) and (name or not entry.name.startswith(".")):
                    listed.append(lead + entry.name + ("/" if entry.is_dir() else ""))
                if len(listed) == _MOST:
                    break
    except OSError:
        return []
    return sorted(listed)
