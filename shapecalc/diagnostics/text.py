"""Text from files made fit for where it is printed: a function for each notation, and every renderer uses them.

A name may come from a stranger's file. These functions keep it plain text: it cannot control a terminal, hide other
text, give a command to a reader of logs, or be a formula, a link or markup.
"""

from __future__ import annotations

import re

_WORD = 200
"""Letters of a word that are shown."""
_TEXT = 4_000
"""Letters of a message that are shown."""
_LONG_WORD = re.compile(rf"\S{{{_WORD + 1},}}")
_COMMAND = re.compile(r"\s*::")
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The characters that begin a formula in a spreadsheet, wide ones too."""
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~&!])")
_START = re.compile(r"(?:\d{1,9}(?=[.)](?:\s|\Z)))|(?=[-+](?:[\s-]|\Z))")
"""What stands before a sign that would begin a list."""
_LINK = re.compile(
    r"@(?=\w)|:(?=//)|(?<=www)(?=\.)|(?<=#)(?=\d)|GH-(?=\d)|:(?=[\w+\\-]*[a-z][\w+\\-]*:)|\b(?=\d*[a-f])[0-9a-f]{7,40}\b",
    re.IGNORECASE,
)
"""Where GitHub would see a mention or an address, a link, an issue, the picture of a word, or a commit."""
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
    """The text with the start of every word that is longer than a name may be, and its own where it is very long."""
    if len(text) <= _WORD:
        return text
    text = _LONG_WORD.sub(lambda word: word[0][: _WORD - 3] + "...", text)
    return text if len(text) <= _TEXT else text[: _TEXT - 3] + "..."


def csv_cell(text: str) -> str:
    """Text in a cell, which no spreadsheet takes for a formula."""
    text = clean(text)
    if text.lstrip().startswith(_FORMULA) and not _is_number(text):
        return "'" + text
    return text


def markdown(text: str, *, in_table: bool = False) -> str:
    """Text that GitHub's Markdown shows as it is: no markup, no mention, no link; what stands in backticks is code.

    Lines are divided by `<br>`, so that it may stand in a table.
    """
    return "<br>".join(_write_markdown(line, in_table) for line in text.split("\n"))


def _write_markdown(line: str, in_table: bool) -> str:
    words, *pieces = line.split("`")
    texts = [_escape_markdown(words, inside=in_table)]  # a cell begins no block
    while len(pieces) > 1:
        code, words, *pieces = pieces
        texts += [markdown_code(code, in_table=in_table) if code else r"\`\`", _escape_markdown(words, inside=True)]
    return "".join(texts) + "".join(rf"\`{_escape_markdown(words, inside=True)}" for words in pieces)


def _escape_markdown(text: str, *, inside: bool = False) -> str:
    """Text without markup; `inside` a line its beginning is none of a block."""
    text = clean(text)
    head = ""
    if not inside:
        text = text.lstrip()
        start = _START.match(text)
        if start is not None:
            head, text = f"{start[0]}\\{text[start.end()]}", text[start.end() + 1 :]
    text = _LINK.sub(_break_link, _MARKDOWN.sub(r"\\\1", text))
    return head + (text.replace("$", "<span>$</span>") if text.count("$") > 1 else text)


def _break_link(match: re.Match[str]) -> str:
    """A sign with a break behind it; a number of a commit with one every six digits."""
    text = match[0]
    return _BREAK.join(text[at : at + 6] for at in range(0, len(text), 6)) if len(text) > 6 else text + _BREAK


def markdown_code(text: str, *, in_table: bool = False) -> str:
    """A span of code in Markdown, within more backticks than stand in it; in a table `|` is escaped even there."""
    inside = clean(text)
    if in_table and r"\|" in inside:  # a table has no way to say these two in a span of code
        spelled = "".join(sign if sign.isalnum() or sign == " " else f"&#{ord(sign)};" for sign in inside)
        return f"<code>{spelled.replace('&#64;', f'&#64;{_BREAK}')}</code>"
    if in_table:
        inside = inside.replace("|", r"\|")
    quotes = "`" * (1 + max(map(len, re.findall("`+", inside)), default=0))
    space = " " if not inside.strip() or inside[0] in "` " or inside[-1] in "` " else ""
    return f"{quotes}{space}{inside}{space}{quotes}"


def html_code(text: str) -> str:
    """A span of code in a block of HTML, where Markdown has no say."""
    return f"<code>{xml(text)}</code>"


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
