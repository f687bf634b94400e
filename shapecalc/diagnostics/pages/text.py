"""SC1xx: the text of a spec."""

from __future__ import annotations

from shapecalc.diagnostics.pages.page import Page

PAGES: dict[str, Page] = {
    "SC101": Page(
        title="YAML syntax",
        checks=(
            "The file is YAML: brackets and quotes are closed, lines are indented with spaces, and a space stands "
            "after each colon."
        ),
        why="Nothing after the fault can be read for certain, so nothing else is reported about the file.",
        example="layers:\n  - Dense: {units: 5\n  - Flatten",
        fix=(
            "Close what is open, indent with spaces, write `key: value` with a space, and quote text that begins "
            "with a sign such as `@`, `%` or `*`."
        ),
    ),
    "SC102": Page(
        title="Duplicate key",
        checks="Every key of a mapping stands there once.",
        why="Most readers of YAML silently keep the last one, so half of what was written would have no effect.",
        example="input: [4]\nlayers:\n  - Dense: {units: 5, units: 6}",
        fix="Keep one of the two. Layers that look alike are entries of a list, each with its own `- `.",
    ),
    "SC103": Page(
        title="Merge key",
        checks="A mapping has no merge key `<<`, which copies the keys of another one in older versions of YAML.",
        why="It is hard to see which keys were copied and which value counts; a block with arguments shows it.",
        example="input: [4]\nlayers:\n  - Dense: &first {units: 5}\n  - Dense: {<<: *first}",
        fix=(
            "Write the keys out, or make a block of what is shared and give it `args`. An alias of a whole value "
            "(`*shared`) is fine."
        ),
    ),
    "SC104": Page(
        title="Tag",
        checks="No value has a tag (`!!str`, `!something`), which asks for a type of another kind.",
        why="Tags can make a reader of YAML build any object at all. A spec is data, so none is read.",
        example="input: [4]\nlayers:\n  - Dense: {units: !!int 5}",
        fix="Leave the tag out. Numbers are numbers as they stand, and quotes make text.",
    ),
    "SC105": Page(
        title="Several documents",
        checks="A file holds one document: no line `---` begins a second one.",
        why="A file is one model; reading only the first would ignore the rest.",
        example="input: [4]\nlayers: [Flatten]\n---\ninput: [4]\nlayers: [ReLU]",
        fix="Split the file, or put the second model under `blocks`.",
    ),
    "SC106": Page(
        title="Encoding and characters",
        checks="The file is UTF-8 without control characters.",
        why="A byte that is no UTF-8, or a character that cannot be seen, is read differently by every tool.",
        example=('name: "a​"\u0007\nlayers: [Flatten]'),
        fix=(
            "Save the file as UTF-8. A character that is needed may stand as an escape (`\\x07`) inside double quotes."
        ),
    ),
    "SC107": Page(
        title="Comma inside brackets",
        checks=(
            "An expression or a shape with a comma stands in quotes inside `{}` and `[]`: YAML splits unquoted text "
            "there at every comma."
        ),
        why="The pieces are a broken value and a key nobody wrote.",
        example="args: {a: 4}\ninput: [4]\nlayers:\n  - Dense: {units: max($a, 8)}",
        fix='Quote what holds a comma: `{units: "max($a, 8)"}`.',
    ),
    "SC108": Page(
        title="Wrong kind of node",
        checks=(
            "Mappings, lists and words stand where the language has them; the file is not empty, and every key is one "
            "word."
        ),
        why="The spec has a fixed form, and nothing is guessed.",
        example="input: [4]\nlayers: {Dense: 5}",
        fix=(
            "Compare with the form on the page of the language: `layers` is a list, an entry is a mapping with "
            "one layer type."
        ),
    ),
    "SC109": Page(
        title="Unknown key of the spec",
        checks="Only the keys of the language may stand at the top, in a block, and beside an entry.",
        why="A key that is not read would be an argument without effect.",
        example="input: [4]\nlayer:\n  - Dense: {units: 5}",
        fix=(
            "Correct the spelling. What Keras's constructor takes stands inside the entry, the wiring (`from`, "
            "`if`, `repeat`, `call`) beside it."
        ),
    ),
}
