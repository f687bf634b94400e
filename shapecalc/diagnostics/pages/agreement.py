"""SC5xx: expectations and agreement."""

from __future__ import annotations

from shapecalc.diagnostics.pages.page import Page

PAGES: dict[str, Page] = {
    "SC501": Page(
        title="Expectation not met",
        checks="The model has the numbers and shapes that `expect` states.",
        why="An expectation is what the author relied on; either it or the model is wrong.",
        example="input: [4]\nlayers:\n  - Dense: {units: 5}\nexpect: {params: 24}",
        fix=("See `shapecalc explain SPEC LAYER` for where the number comes from, then correct the one that is wrong."),
    ),
    "SC502": Page(
        title="Rule and forward disagree",
        checks="The shape and the parameters that were inferred are those the forward pass has.",
        why="The two are written independently, so a difference is a defect of shapecalc.",
        example="$ shapecalc run model.yaml --input random",
        fix="Report it with the spec. Until then trust neither number for this layer.",
    ),
    "SC503": Page(
        title="Assumption about sizes",
        checks="What a layer demands of sizes is known to hold. With symbols or unknown sizes it may be assumed.",
        why="The shapes below are right for those sizes only. An assumption that follows from another is not shown.",
        example="inputs: {a: [T, 4], b: [U, 4]}\nlayers:\n  - Add:\n    from: [a, b]",
        fix="Use the same name for sizes that are equal, or numbers. `--strict` makes it an error.",
        severity="note",
    ),
    "SC504": Page(
        title="Expectation of an unknown layer",
        checks="The paths under `expect: layers:` are those of layers.",
        why="An expectation that is never compared protects nothing.",
        example="input: [4]\nlayers:\n  - Dense: {units: 5}\nexpect: {layers: {densse: {params: 25}}}",
        fix="Use a path from the summary.",
    ),
    "SC505": Page(
        title="Mask lost",
        checks="A mask reaches the layers that use it.",
        why="After a layer that cannot carry it, or outside the step it starts in, padded steps count as data.",
        example=(
            "input: [5]\n"
            "layers:\n"
            "  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}\n"
            "  - Flatten\n"
            "  - Dense: {units: 1}"
        ),
        fix="Put the layers that use the mask first, or leave `mask_zero` out.",
        severity="warning",
    ),
    "SC506": Page(
        title="Never used",
        checks="Every argument and every block that is declared is used.",
        why="What is not used misleads the reader.",
        example="args: {width: 2}\ninput: [4]\nlayers:\n  - Dense: {units: 5}",
        fix="Delete it, or use it.",
        severity="warning",
    ),
    "SC507": Page(
        title="No answer",
        checks="There is a largest value that keeps the limits of `solve`.",
        why="Without one, any number that was printed would be wrong.",
        example="$ shapecalc solve model.yaml --for units --max-params 10",
        fix="Raise the limit, or where every value keeps it give `--max` or limit something that depends on the value.",
    ),
    "SC508": Page(
        title="Combinations left out",
        checks="Every combination of the values of a `sweep` makes a sound model.",
        why="A row for one that does not would hold numbers of a model that nobody can build.",
        example="$ shapecalc sweep model.yaml --set heads=1..16",
        fix="Nothing need be done; or give values that go together. The note says what is wrong with the first.",
        severity="warning",
    ),
    "SC509": Page(
        title="Models that cannot be run alike",
        checks="The two models of `diff --numeric` have the same inputs, outputs and weights, by order and shape.",
        why="With other weights, outputs that differ would say nothing.",
        example="$ shapecalc diff old.yaml new.yaml --numeric",
        fix="Leave `--numeric` out: the comparison of layers says what differs.",
    ),
    "SC510": Page(
        title="Expectation of the default arguments",
        checks="Expectations that are plain numbers are compared where the arguments have their default values.",
        why="A number that was written for one value says nothing of the model with another.",
        example="$ shapecalc check model.yaml --set units=64",
        fix="Nothing need be done; or write what is expected in terms of the arguments: `params: 4 * $units`.",
        severity="note",
    ),
    "SC511": Page(
        title="Recorded shape disagrees",
        checks="Every tensor that a model file recorded has the shape that is inferred for it.",
        why="The file is damaged or was changed by hand, or the tool is wrong: one of the two is.",
        example="$ shapecalc check model.keras",
        fix="Save the model again with Keras. If the finding stays, report it with the file.",
    ),
    "SC512": Page(
        title="Budget exceeded",
        checks="A model keeps the limits that `[tool.shapecalc.budgets]` sets it, by glob, and fits its `--device`.",
        why="A model that outgrows its device or its bill is found before it is merged.",
        example="$ shapecalc check model.yaml --since main",
        fix=(
            "The notes name the layers that take the most, with `--since` what they took before: make them smaller, or "
            "raise the budget. A formula is held to it once `set = {T = 128}` beside the budget gives its sizes."
        ),
    ),
    "SC513": Page(
        title="Comment that silences nothing",
        checks="Every `# shapecalc: ignore[...]` silences findings that begin on its line, and names codes that exist.",
        why="A comment that is left behind hides the next finding on that line, and a misspelt one hides none.",
        example="input: [4]\nlayers:\n  - Dense: {units: 5}  # shapecalc: ignore[SC505]",
        fix=(
            "Delete it, or move it to the end of the line that the finding names. A file that cannot be read, and this "
            "code itself, are silenced by no comment."
        ),
        severity="warning",
    ),
    "SC515": Page(
        title="Axis that is not as open as the file says",
        severity="warning",
        checks=(
            "An axis that an ONNX file leaves open takes every size: no node needs one size, multiples or a bound, and "
            "no output is declared with a number."
        ),
        why="An exporter writes the size of its example into the file, and the model fails when it is fed another.",
        example="inputs: {x: {batch_shape: [batch, seq, 16]}}\nlayers:\n  - onnx.Reshape: {shape: [0, 96]}",
        fix="Feed that size alone, or export the model anew in a way that keeps the axis open.",
    ),
    "SC514": Page(
        title="Annotation not true",
        checks="With `annotations = true`, what `shapecalc annotate` wrote in a spec is true, and no line lacks it.",
        why="A comment with another number misleads every reader.",
        example="$ shapecalc check model.yaml",
        fix="Have them written anew: `shapecalc annotate SPEC --write`.",
    ),
}
