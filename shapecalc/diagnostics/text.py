"""Text from files made fit for where it is printed: a function for each notation, and every renderer uses them.

A name may come from a stranger's file. These functions keep it plain text: it cannot control a terminal, hide other
text, give a command to a reader of logs, or be a formula, a link or markup.
"""

from __future__ import annotations

import re

_WORD = 200
"""Letters of a word that are shown."""
_LONG_WORD = re.compile(rf"\S{{{_WORD + 1},}}")
_COMMAND = re.compile(r"\s*::")
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The characters that begin a formula in a spreadsheet, wide ones too."""
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~&!])")
_LINK = re.compile(r"(?<!\w)@(?=\w)|://|(?<=www)\.|(?<=#)(?=\d)", re.IGNORECASE)
_BREAK = "<!-- -->"
"""A character without width, put where GitHub would see a mention, a link or the number of an issue."""
_XML = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;"}
_MERMAID = str.maketrans(
    {'"': "#quot;", "#": "#35;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "\\": "#92;", "%": "#37;"}
)


def clean(text: str) -> str:
    r"""Show what cannot be seen, or would steer a terminal or a log, as an escape.

    Control characters, ANSI sequences, line breaks, bidi overrides, zero-width characters and lone surrogates come out
    as `\x1b`, `\n`, `\u202e`; so does the start of a command of GitHub's logs, `::` in front or `##[` anywhere.
    Everything else stays.
    """
    if not text.isprintable():
        text = "".join(
            character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
            for character in text
        )
    if "::" in text and _COMMAND.match(text):
        text = text.replace("::", r"\x3a:", 1)
    return text.replace("##[", r"\x23#[") if "##[" in text else text


def shorten(value: object, limit: int = 60) -> str:
    """The value as clean text of at most `limit` characters or so, its tail given up for `...`."""
    text = value if isinstance(value, str) else _read_text(value)
    # Cut before cleaning: a hostile value may be megabytes long.
    return clean(text) if len(text) <= limit else clean(text[: limit - 3]) + "..."


def sentence(text: str) -> str:
    """A sentence on one line, clean, no word of which is longer than a name may be."""
    return clean(short_words(text))


def short_words(text: str) -> str:
    """The text with the start of every word that is longer than a name may be."""
    return _LONG_WORD.sub(lambda word: word[0][: _WORD - 3] + "...", text) if len(text) > _WORD else text


def csv_cell(text: str) -> str:
    """Text in a cell, which no spreadsheet takes for a formula."""
    text = clean(text)
    if text.lstrip().startswith(_FORMULA) and not _is_number(text):
        return "'" + text
    return text


def markdown(text: str) -> str:
    """Text that GitHub's Markdown shows as it is, on one line of a table: no markup, no mention, no link."""
    return "<br>".join(_escape_markdown(line) for line in text.split("\n"))


def _escape_markdown(line: str) -> str:
    return _LINK.sub(_break_words, _MARKDOWN.sub(r"\\\1", clean(line)))


def _break_words(match: re.Match[str]) -> str:
    sign = match[0]
    return f"{_BREAK}{sign}" if sign == "." else f"{sign[:1]}{_BREAK}{sign[1:]}"


def markdown_code(text: str) -> str:
    """A span of code in Markdown; there is no escape in one, so its own quotes come out as others."""
    inside = clean(text).replace("`", "'")
    return f"`{inside}`"


def xml(text: str) -> str:
    """Text and attributes of XML, HTML and SVG; XML 1.0 cannot say most control characters, so they are escapes."""
    return clean(text).translate(_XML)


def dot(text: str) -> str:
    """What stands between quotes in Graphviz's language."""
    return clean(text).replace("\\", "\\\\").replace('"', '\\"')


def mermaid(text: str) -> str:
    """A label of Mermaid, between quotes: no markup and no directive."""
    return clean(text).translate(_MERMAID)


def json_escapes(text: str) -> str:
    """A JSON text with nothing that a log would take for a command."""
    return text.replace("##[", r"\u0023#[") if "##[" in text else text


def yaml_escapes(quoted: str) -> str:
    """A text in YAML's double quotes with everything that cannot be seen as an escape that YAML reads."""
    if not quoted.isprintable():
        quoted = "".join(character if character.isprintable() else _escape_yaml(character) for character in quoted)
    return quoted.replace("##[", r"\x23#[") if "##[" in quoted else quoted


def _escape_yaml(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 2**16 else f"\\U{code:08x}"


def github_message(text: str) -> str:
    """The message of a workflow command."""
    return sentence(text).replace("%", "%25")


def github_property(text: str) -> str:
    """A property of a workflow command, such as its file."""
    return clean(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")


def sarif_message(text: str) -> str:
    """A plain text of SARIF, in which `[words](place)` would be a link."""
    text = sentence(text)
    return text.replace("[", "\\[").replace("]", "\\]") if "](" in text else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _read_text(value: object) -> str:
    try:
        return str(value)
    except ValueError:  # an int of more digits than Python agrees to print
        return "a number of thousands of digits"
