"""One run of the program: arguments in, an exit code out, whatever a command raises."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

import click

from shapecalc.cli.faults import findings_of, is_for_the_caller
from shapecalc.cli.streams import close_stdout, prepare_streams
from shapecalc.diagnostics import Diagnostic, error

COMPLETION = "_SHAPECALC_COMPLETE"
INTERRUPTED = 130  # 128 + SIGINT
BROKEN_PIPE = 141  # 128 + SIGPIPE


def run_program(cli: click.Group, argv: Sequence[str] | None) -> int:
    """Runs the command that the arguments name; returns the exit code."""
    prepare_streams()
    from shapecalc.cli.signals import Ended, raise_signals

    try:
        with raise_signals():
            code = _run_command(cli, argv)
            sys.stdout.flush()
    except BrokenPipeError:
        close_stdout()
        return BROKEN_PIPE
    except OSError as failure:
        close_stdout()
        return _print_findings(error("SC607", f"cannot write to standard output: {failure.strerror or failure}"))
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except Ended as ended:
        return ended.code
    gc.freeze()  # Python would collect once more at its end, through all objects that go away by themselves
    return code


def _run_command(cli: click.Group, argv: Sequence[str] | None) -> int:
    """The exit code of a command; what it raises is reported, but for what concerns the streams."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if COMPLETION in os.environ:
        from shapecalc.cli.completing.shells import answer

        return answer(cli, os.environ[COMPLETION], arguments)
    if arguments in ([], ["--"]):
        arguments = ["--help"]
    try:
        # Not `cli.main`, which ends the process by itself where a pipe breaks.
        with cli.make_context("shapecalc", arguments) as context:
            code: int = cli.invoke(context)
            return code
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as failure:
        from shapecalc.cli.usage import make_finding

        return _print_findings(make_finding(failure))
    except Exception as failure:
        if is_for_the_caller(failure):
            raise
        return _print_findings(*findings_of(failure))


def _print_findings(*diagnostics: Diagnostic) -> int:
    """Prints findings to standard error; returns 2, the exit code for usage and internal errors."""
    try:
        from shapecalc.render.findings.full import full

        text = full(diagnostics, lambda file: [])
    except (ImportError, MemoryError, OSError):  # where memory is short, there may be no room for another module
        text = "\n".join(f"{finding.severity}[{finding.code}] {finding.sentence}" for finding in diagnostics)
    sys.stderr.write(text + "\n")
    return 2
