"""SC6xx: files, limits and options."""

from __future__ import annotations

from shapecalc.diagnostics.pages.page import Page

PAGES: dict[str, Page] = {
    "SC601": Page(
        title="File that cannot be read",
        checks="The file exists and may be read.",
        why="There is nothing to work on.",
        example="$ shapecalc summary modle.yaml",
        fix="Correct the path. `-` is standard input.",
    ),
    "SC602": Page(
        title="Too large, too deep or too many",
        checks="Files, nesting, aliases, numbers and repeats stay within limits.",
        why="A small file can describe more than any memory holds; the limits keep an answer quick.",
        example="input: [5]\nlayers:\n  - Dense: {units: 5}\n    repeat: 1000000000",
        fix="Make it smaller. No real model comes near the limits.",
    ),
    "SC603": Page(
        title="Too much memory",
        checks="The forward pass stays below `--max-memory`.",
        why="Otherwise the system would stop the process, or the machine.",
        example="$ shapecalc run model.yaml --input random --batch 100000",
        fix="Lower `--batch`, or allow more with `--max-memory`.",
    ),
    "SC604": Page(
        title="File outside the folder",
        checks="A block's `file` lies in the folder of the spec or below it.",
        why="A spec from elsewhere must not be able to read other files.",
        example="blocks:\n  A: {file: ../../secret.yaml}\ninput: [4]\nlayers: [A]",
        fix="Move the file beside the spec.",
    ),
    "SC605": Page(
        title="Input that cannot be read",
        checks="The input is JSON, `.npy` or `.npz`, of numbers or for a text input of text, and of the input's shape.",
        why="Anything else would have to be guessed; pickled data would run code.",
        example="$ shapecalc run model.yaml --input data.txt",
        fix="Save the array with `numpy.save`, without pickling, in the shape the message names.",
    ),
    "SC606": Page(
        title="Weight file that does not fit",
        checks="The file can be read, its arrays are numbers, and they have the shapes of the model's weights.",
        why="One wrong array makes every number after it wrong.",
        example="$ shapecalc run model.yaml --input ones --weights other.npz",
        fix="Use the file of this model; the table names the weights that differ.",
    ),
    "SC607": Page(
        title="Cannot write",
        checks="The place to write to exists and may be written.",
        why="The result would be lost.",
        example="$ shapecalc convert model.yaml --to svg --output /no/such/place.svg",
        fix="Correct the path, or its permissions.",
    ),
    "SC608": Page(
        title="Invalid option or setting",
        checks="Options and settings exist and have a valid value. Settings stand in pyproject.toml or shapecalc.toml.",
        why="A misspelt setting would have no effect.",
        example="$ shapecalc summary model.yaml --batch none",
        fix="Correct it; `shapecalc COMMAND --help` lists the options.",
    ),
    "SC609": Page(
        title="No words for it in the other notation",
        checks="Everything a model says can be said in the notation it is converted to.",
        why="A model with something left out would be another model.",
        example="$ shapecalc convert model.json --to yaml",
        fix="Replace what the message names by layers both sides have, or write that part by hand.",
    ),
    "SC610": Page(
        title="Fault of the tool",
        checks="The tool answers for every file, and so do the processes it starts.",
        why="Nothing is known of the file, so it must not look as if it were sound.",
        example="$ shapecalc check specs/",
        fix="Report it, with the file. Other files of the same command were looked at all the same.",
    ),
    "SC611": Page(
        title="Weights that the file lacks",
        checks="A weight file has an array for each weight of the model.",
        why="What is not in it has its initial values, as in a model that was never trained.",
        example="$ shapecalc run model.yaml --input ones --weights other.weights.h5",
        fix="Use the file of this model, or say with `--names FILE` what its layers are called in the spec.",
        severity="warning",
    ),
    "SC612": Page(
        title="Weights that the model has not",
        checks="Every array of a weight file is a weight of the model.",
        why="The file was saved from another model, or its layers have other names there.",
        example="$ shapecalc run model.yaml --input ones --weights other.weights.h5",
        fix="Use the file of this model, or say with `--names FILE` what its layers are called in the spec.",
        severity="warning",
    ),
    "SC613": Page(
        title="File that points out of itself",
        checks=(
            "A model or weight file holds all of its data itself: no links, no data in other files; an ONNX file may "
            "have it in files of its own folder."
        ),
        why="A file from elsewhere must not be able to read other files.",
        example="$ shapecalc run model.yaml --input ones --weights linked.weights.h5",
        fix="Save the weights again with `model.save_weights`; Keras never writes such a file.",
    ),
    "SC614": Page(
        title="File that promises more than it holds",
        checks="The sizes that a model or weight file declares are those of the data in it.",
        why="A small file could otherwise ask for any amount of memory.",
        example="$ shapecalc run model.yaml --input ones --weights bomb.weights.h5",
        fix="Save the weights again with `model.save_weights`; the file is damaged, or was made to do harm.",
    ),
    "SC615": Page(
        title="Layer that holds code",
        checks="The layers of a model file are types of Keras, and the functions in them are Keras's own.",
        why=(
            "Code of a file is never run, and that of a class is in no file: of such a layer only what was recorded is "
            "known. Around it everything is inferred."
        ),
        example="$ shapecalc run model.keras",
        fix="Nothing need be done for shapes; to run or convert the model, replace the layer by layers of Keras.",
        severity="note",
    ),
    "SC617": Page(
        title="ONNX file that cannot be read",
        checks="An ONNX file follows the format: protocol buffers, a graph with outputs, tensors as large as they say.",
        why="A file that was cut off or damaged would be read as another model.",
        example="$ shapecalc summary cut_off.onnx",
        fix="Export or download it again.",
    ),
    "SC616": Page(
        title="Read otherwise than it was written",
        checks="A model file's names are ones that a spec can have, and its classes are those of Keras.",
        why="Names are changed where they must be, and of a class that is not Keras's only its layers are known.",
        example="$ shapecalc summary model.keras",
        fix="Nothing needs mending; in Keras, name layers with letters, digits and `_` alone.",
        severity="note",
    ),
    "SC618": Page(
        title="Operator that is not computed here",
        checks="Every layer of a model that is run has a forward pass in NumPy.",
        why="A model with a layer left out would give other numbers.",
        example="$ shapecalc run model.onnx",
        fix="Run the model in ONNX Runtime; `summary`, `check` and `explain` know its sizes all the same.",
    ),
    "SC620": Page(
        title="Config that is not modelled",
        checks="The `model_type` of a config is known, and so is each of its keys, with a value that is modelled.",
        why="A key that is passed over could change the model: its counts would be those of another one.",
        example="$ shapecalc summary config.json",
        fix="Correct the key, or delete it where it changes no layer; else write the model as a spec.",
    ),
}
