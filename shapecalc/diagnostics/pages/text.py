"""SC1xx: the text of a spec."""

from __future__ import annotations

from shapecalc.diagnostics.pages.page import Page

PAGES: dict[str, Page] = {
    "SC101": Page(
        title="YAML syntax",
        checks=(
            "The file is read as YAML. This is the place where the text stops being YAML: a bracket or quote that "
            "is not closed, a tab in the indentation, a missing space after a colon."
        ),
        why="Nothing after this place can be trusted, so nothing else is said about the file.",
        example="layers:\n  - Dense: {units: 5\n  - Flatten",
        fix=(
            "Close what is open, indent with spaces, write `key: value` with a space, and quote text that begins "
            "with a sign such as `@`, `%` or `*`."
        ),
    ),
    "SC102": Page(
        title="Duplicate key",
        checks="A key stands twice in the same mapping.",
        why="Most readers of YAML silently keep the last one, so half of what was written would have no effect.",
        example="input: [4]\nlayers:\n  - Dense: {units: 5, units: 6}",
        fix="Keep one of the two. Layers that look alike are entries of a list, each with its own `- `.",
    ),
    "SC103": Page(
        title="Merge key",
        checks="`<<` copies the keys of another mapping into this one. It belongs to an older YAML and is not read.",
        why="What was merged, and what won, is hard to see; a block with arguments says it openly.",
        example="input: [4]\nlayers:\n  - Dense: &first {units: 5}\n  - Dense: {<<: *first}",
        fix=(
            "Write the keys out, or make a block of what is shared and give it `args`. An alias of a whole value "
            "(`*shared`) is fine."
        ),
    ),
    "SC104": Page(
        title="Tag",
        checks="A tag (`!!str`, `!something`) asks for a type that YAML does not have by itself.",
        why="Tags can make a reader of YAML build any object at all. A spec is data, so none is read.",
        example="input: [4]\nlayers:\n  - Dense: {units: !!int 5}",
        fix="Leave the tag out. Numbers are numbers as they stand, and quotes make text.",
    ),
    "SC105": Page(
        title="Several documents",
        checks="A second document begins at `---`.",
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
            "YAML splits what stands unquoted inside `{}` or `[]` at every comma, so an expression or a shape "
            "comes out in pieces."
        ),
        why="The pieces are a broken value and a key nobody wrote.",
        example="args: {a: 4}\ninput: [4]\nlayers:\n  - Dense: {units: max($a, 8)}",
        fix='Quote what holds a comma: `{units: "max($a, 8)"}`.',
    ),
    "SC108": Page(
        title="Wrong kind of node",
        checks=(
            "Where a mapping is wanted stands a list or a word, or the other way round; or the file is empty; or "
            "a key is not one word."
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
