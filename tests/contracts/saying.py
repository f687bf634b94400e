"""What the formats of findings say, read back: the code, the message with the layer before it, and the help."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from shapecalc.diagnostics import Diagnostic, sentence

LINE = re.compile(r"(?:(?!error\[|warning\[|note\[).*?: )?(error|warning|note)\[(SC\d{3})\] (.*)")


class Said(NamedTuple):
    """One finding as a format says it; `help` is None where the format has none, or the finding."""

    code: str
    sentence: str
    help: str | None


def expect(finding: Diagnostic) -> Said:
    """A finding as every format says it: a sentence, on one line."""
    return Said(finding.code, sentence(finding.sentence), finding.help and sentence(finding.help))


def is_same(style: str, said: Said, expected: Said) -> bool:
    """Whether a format says a finding whole: `concise` has no help, and `gitlab` one text for all.

    Formats that show findings beside lines lead those without a line by their place.
    """
    if style == "concise":
        return said == expected._replace(help=None)
    texts = [expected.sentence] if expected.help is None else [expected.sentence, expected.help]
    if style == "gitlab":
        return said.code == expected.code and "; help: ".join(texts) in said.sentence
    if style in ("github", "sarif"):
        said = said._replace(sentence=said.sentence[-len(expected.sentence) :])
    return said == expected


def read_full(text: str) -> Iterator[Said]:
    said: Said | None = None
    for line in text.split("\n"):
        if found := LINE.fullmatch(line):
            if said is not None:
                yield said
            said = Said(found[2], found[3], None)
        elif said is not None and line.strip().startswith("= help: "):
            said = said._replace(help=line.strip().removeprefix("= help: "))
    if said is not None:
        yield said


def read_concise(text: str) -> Iterator[Said]:
    """A line has no help."""
    for line in text.split("\n"):
        if found := LINE.fullmatch(line):
            yield Said(found[2], found[3], None)


def _read_row(row: dict[str, Any]) -> Said:
    lead = f"{row['subject']}: " if row["subject"] else ""
    assert isinstance(row["safe"], bool)
    for edit in row["edits"]:
        assert (edit["line"], edit["column"]) <= (edit["end_line"], edit["end_column"])
        assert row["help"]
    return Said(row["code"], sentence(lead + row["message"]), row["help"] and sentence(row["help"]))


def read_json(text: str) -> Iterator[Said]:
    yield from map(_read_row, json.loads(text)["diagnostics"])


def read_json_lines(text: str) -> Iterator[Said]:
    yield from map(_read_row, map(json.loads, text.splitlines()))


def read_csv(text: str) -> Iterator[Said]:
    for row in csv.DictReader(io.StringIO(text, newline="")):
        lead = f"{row['subject']}: " if row["subject"] else ""
        message, help = (re.sub(r"\A'(?=\s*[-=+@])", "", row[name]) for name in ("message", "help"))
        yield Said(row["code"], lead + message, help or None)


def read_markdown(text: str) -> Iterator[Said]:
    """The rows of the table, their escapes taken away."""
    table = [line for line in text.split("\n") if line.startswith("| ")]
    for line in table[2:]:
        cells = re.split(r"(?<!\\) \| ", line.removeprefix("| ").removesuffix(" |"))
        assert len(cells) == len(re.split(r"(?<!\\) \| ", table[0]))
        message, *details = map(_take_escapes_away, cells[2].split("<br>"))
        helps = [detail.removeprefix("help: ") for detail in details if detail.startswith("help: ")]
        yield Said(cells[1].split()[1], message, helps[0] if helps else None)


def _take_escapes_away(text: str) -> str:
    text = re.sub(r"(?<![\\`])(`+)(?!`)(.+?)(?<!`)\1(?!`)", _take_padding_away, text)
    return re.sub(r"\\([\\`*_{}\[\]<>#|~&!])", r"\1", text.replace("<!-- -->", ""))


def _take_padding_away(code: re.Match[str]) -> str:
    """A span of code as it is shown: without the two spaces that set it off from its backticks."""
    inside = code[2]
    padded = inside.strip() and inside[0] == inside[-1] == " "
    return f"{code[1]}{inside[1:-1] if padded else inside}{code[1]}"


def read_github(text: str) -> Iterator[Said]:
    for line in text.splitlines():
        found = re.fullmatch(r"::(error|warning|notice) (?:[\w]+=[^,:]*,)*title=(SC\d{3})[^:,]*::(.*)", line)
        assert found is not None, line
        parts = found[3].split("%0A")
        helps = [part.removeprefix("help: ") for part in parts if part.startswith("help: ")]
        yield Said(found[2], _decode(parts[0]), _decode(helps[0]) if helps else None)


def _decode(text: str) -> str:
    return text.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")


def read_gitlab(text: str) -> Iterator[Said]:
    for entry in json.loads(text):
        assert re.fullmatch(r"[0-9a-f]{32,64}", entry["fingerprint"])
        assert entry["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert entry["location"]["lines"]["begin"] >= 1
        yield Said(entry["check_name"], entry["description"], None)


def read_sarif(text: str) -> Iterator[Said]:
    log = json.loads(text)
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    run = log["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        for fix in result.get("fixes", ()):
            assert fix["description"]["text"]
            assert all(
                change["artifactLocation"]["uri"] and change["replacements"] for change in fix["artifactChanges"]
            )
        first, *rest = result["message"]["text"].split("\n")
        helps = [line.removeprefix("help: ") for line in rest if line.startswith("help: ")]
        yield Said(result["ruleId"], _read_plain(first), _read_plain(helps[0]) if helps else None)


def _read_plain(text: str) -> str:
    r"""Text of SARIF, in which `\[` is a bracket and no link."""
    return text.replace("\\[", "[").replace("\\]", "]")


def read_junit(text: str) -> Iterator[Said]:
    for case in ET.fromstring(text).iter("testcase"):
        for part in (*case.findall("failure"), *case.findall("system-out")):
            said: Said | None = None
            for line in (part.text or "").split("\n"):
                if found := LINE.fullmatch(line):
                    if said is not None:
                        yield said
                    said = Said(found[2], found[3], None)
                elif said is not None and line.startswith("  help: "):
                    said = said._replace(help=line.removeprefix("  help: "))
            if said is not None:
                yield said


READERS: dict[str, Callable[[str], Iterator[Said]]] = {
    "full": read_full, "concise": read_concise, "json": read_json, "json-lines": read_json_lines, "csv": read_csv,
    "markdown": read_markdown, "github": read_github, "gitlab": read_gitlab, "sarif": read_sarif, "junit": read_junit,
}  # fmt: skip
