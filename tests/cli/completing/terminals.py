"""The shells themselves: a line is typed in each, with a key pressed behind it, and what comes of it is read."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shapecalc.cli.completion import write_script

PATIENCE = 60
"""Seconds that a shell has to answer before a test fails, however busy the machine."""

_SETUP = {
    "bash": """
bind 'set bell-style none'; bind 'set completion-query-items 0'; bind 'set page-completions off'
bind 'set show-all-if-ambiguous on'; bind 'set enable-bracketed-paste off'; bind 'set completion-display-width 0'
__line() { printf '\\n<<%s>>\\n' "$READLINE_LINE"; READLINE_LINE=; READLINE_POINT=0; }
bind -x '"\\C-g": __line'
""",
    "zsh": """
PROMPT='> '; unsetopt prompt_cr prompt_sp beep list_beep zle_bracketed_paste 2>/dev/null
autoload -Uz compinit; compinit -u -D
zstyle ':completion:*' list-prompt ''; LISTMAX=0; setopt no_always_last_prompt
__line() { print -r -- $'\\n'"<<$BUFFER>>" > $TTY; BUFFER= }
zle -N __line; bindkey '^G' __line
""",
}
_PROGRAM = """
import sys
from shapecalc.__main__ import run
from shapecalc.cli.completing import revisions, shells
shells.PATIENCE = revisions.PATIENCE = 600.0
sys.exit(run())
"""
"""The command with time for an answer, however busy the machine."""
_COMMANDS = {"bash": ["bash", "--noprofile", "--norc", "-i"], "zsh": ["zsh", "-f", "-i"]}
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x07|\r")


def has(shell: str) -> bool:
    return shutil.which(shell) is not None


def make_environment(folder: Path) -> dict[str, str]:
    """An environment in which `shapecalc` is this package."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    program = programs / "shapecalc"
    program.write_text(f"#!{sys.executable}\n{_PROGRAM}")
    program.chmod(0o755)
    (folder / "home").mkdir(exist_ok=True)
    path = f"{programs}:{os.environ['PATH']}"
    kept = {name: os.environ[name] for name in ("PYTHONPATH", "COVERAGE_PROCESS_START") if name in os.environ}
    return kept | {"PATH": path, "HOME": str(folder / "home"), "TERM": "xterm", "LC_ALL": "C.UTF-8", "COLUMNS": "200"}


class Terminal:
    """A shell with our script in a terminal of its own."""

    def __init__(self, shell: str, folder: Path, environment: dict[str, str], descriptor: int) -> None:
        self.descriptor = descriptor
        script = Path(environment["HOME"]) / f"setup.{shell}"
        script.write_text(_SETUP[shell] + write_script(shell))
        os.write(descriptor, f" stty -echo; PS1='> '; . {script}; echo '<<ready'>>\n".replace(">>", "'>>'").encode())
        self.read_until("<<ready>>")

    def read_until(self, mark: str) -> str:
        """What the terminal shows, up to a mark."""
        shown = ""
        while mark not in shown:
            ready, _, _ = select.select([self.descriptor], [], [], PATIENCE)
            assert ready, f"no {mark!r} in {shown!r}"
            shown += os.read(self.descriptor, 65536).decode("utf-8", "replace")
        return shown

    def press(self, text: str, behind: str = "") -> tuple[str, str]:
        """The line after Tab was pressed behind a text, and all that was shown meanwhile."""
        back = "\x02" * len(behind)
        os.write(self.descriptor, (text + behind + back + "\t\x07").encode())
        shown = self.read_until(">>")
        match = re.search(r"<<(.*?)>>", shown, re.DOTALL)
        assert match is not None
        return match[1], _ESCAPES.sub("", shown[: match.start()])


@contextmanager
def open_terminal(shell: str, folder: Path) -> Iterator[Terminal]:
    """A running bash or zsh in a folder, ended at last."""
    environment = make_environment(folder.parent)
    child, descriptor = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execvpe(_COMMANDS[shell][0], _COMMANDS[shell], environment)
    try:
        yield Terminal(shell, folder, environment, descriptor)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(descriptor)


def ask_fish(line: str, folder: Path) -> list[str]:
    """What fish offers behind a line, each with its description behind a tab."""
    environment = make_environment(folder.parent)
    script = Path(environment["HOME"]) / "shapecalc.fish"
    script.write_text(write_script("fish"))
    quoted = line.replace("\\", "\\\\").replace("'", "\\'")
    command = ["fish", "--no-config", "-c", f"source {script}; complete -C '{quoted}'"]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    assert done.stderr == ""
    return done.stdout.splitlines()
