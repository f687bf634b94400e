"""Which files a glob of the settings means."""

from __future__ import annotations

import pytest

from shapecalc.cli.checking.globs import matches


@pytest.mark.parametrize(
    ("glob", "file", "expected"),
    [
        ("models/*.yaml", "/r/models/a.yaml", True),
        ("models/*.yaml", "/r/models/deep/a.yaml", False),
        ("models/**/*.yaml", "/r/models/deep/a.yaml", True),
        ("models/**/*.yaml", "/r/models/a.yaml", True),
        ("**", "/r/a.yaml", True),
        ("models", "/r/models/deep/a.yaml", True),
        ("models/", "/r/models/a.yaml", True),
        ("./models/a.yaml", "/r/models/a.yaml", True),
        ("models/a.yaml", "/r/deep/models/a.yaml", False),
        ("a.yaml", "/r/deep/a.yaml", True),
        ("*.yaml", "/r/deep/a.yaml", True),
        ("*.yaml", "/elsewhere/a.yaml", True),
        ("models/*", "/elsewhere/models/a.yaml", False),
        ("a?.yaml", "/r/ab.yaml", True),
        ("[ab].yaml", "/r/b.yaml", True),
        ("[!ab].yaml", "/r/b.yaml", False),
        ("[^ab].yaml", "/r/c.yaml", True),
        ("[a-c].yaml", "/r/b.yaml", True),
        ("[.yaml", "/r/[.yaml", True),
        ("a.yaml", "/r/aXyaml", False),
        ("**", "<stdin>", False),
    ],
)
def test_globs(glob: str, file: str, expected: bool) -> None:
    assert matches(glob, file, "/r") is expected


def test_no_glob_is_slow() -> None:
    assert not matches("*a" * 60 + "b", "/r/" + "a" * 200, "/r")
    assert not matches("**/a/" * 60 + "b", "/r/" + "a/" * 200 + "c", "/r")
    assert matches("**/a/" * 60 + "b", "/r/" + "a/" * 200 + "b", "/r")


@pytest.mark.parametrize(
    "glob",
    [
        "[z-a]",
        "[",
        "[]",
        "[[:x:]]",
        "[\\]",
        "***",
        "",
        "/",
        "(?P<a>",
        "[a&&b]",
        "[^]",
        "[!]x]",
        "[--a]",
        "[a--]",
        "[|~]",
    ],
)
def test_no_glob_breaks(glob: str) -> None:
    assert matches(glob, "/r/models/a.yaml", "/r") in (True, False)
