"""Which YAML files of a folder are specs: all that were meant to be one, and none of other tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from shapecalc.model.spec_files import is_spec
from tests.first_hour.cases import FOLDER, cases

FOLDER_OF_SPECS = Path(__file__).parents[2] / "specs"
SPECS = [
    path
    for path in sorted(FOLDER_OF_SPECS.rglob("*.yaml"))
    if path.parent.name != "configs" and not path.stem.startswith("config_")
]
FIRST_HOUR = [case for path in sorted(FOLDER.glob("*.txt")) if path.stem != "commands" for case in cases(path)]

OTHERS = {
    "a GitHub workflow": (
        "name: CI\non:\n  push:\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"
    ),
    "a GitHub action": "name: Check\ndescription: Checks\n"
    "inputs:\n  path: {required: true}\noutputs:\n  code: {value: x}\n"
    "runs:\n  using: composite\n",
    "a workflow that is called": "on:\n  workflow_call:\n    inputs:\n      a: {type: string}\njobs: {}\n",
    "GitLab CI": "stages: [test]\ntest:\n  script: make\n",
    "containers": "services:\n  web:\n    image: nginx\n    build: {args: {A: 1}}\nvolumes: {}\n",
    "mkdocs": "site_name: Docs\nnav:\n  - index.md\ntheme: {name: material}\n",
    "hooks": "repos:\n  - repo: local\n    hooks:\n      - id: ruff\n",
    "a list of hooks": "- id: check\n  name: check\n  entry: check\n",
    "OpenAPI": "openapi: 3.0.0\ninfo: {title: T}\npaths: {}\n",
    "Kubernetes": "apiVersion: v1\nkind: Pod\nspec:\n  containers: []\n---\napiVersion: v1\nkind: Service\n",
    "an environment": "name: env\nchannels: [conda-forge]\ndependencies:\n  - python=3.11\n",
    "DVC": "stages:\n  train:\n    cmd: python train.py\n    deps: [a]\n    params: [lr]\n    outs: [m]\n",
    "parameters": "lr: 0.1\nbatch_size: 32\nlayers: 12\nhidden: 64\n",
    "sizes of layers": "input: 784\nlayers: [128, 64]\noutput: 10\n",
    "sizes below one another": "inputs: 4\nlayers:\n  - 128\n  - 64\n",
    "Hydra": (
        "defaults:\n  - model: resnet\n  - _self_\nmodel:\n  _target_: nn.ResNet\n"
        "  layers: [2, 2, 2, 2]\noptimizer: {lr: 0.1}\n"
    ),
    "a model of Hydra": "_target_: models.MLP\nlayers: [64, 64]\ninput: 784\n",
    "YOLO": (
        "nc: 80\ndepth_multiple: 0.33\nbackbone:\n  - [-1, 1, Conv, [64, 6, 2, 2]]\nhead:\n"
        "  - [-1, 1, Conv, [512, 1, 1]]\n"
    ),
    "maps": "services: {wms: {}}\nlayers:\n  - name: osm\n    title: OSM\n    sources: [osm_cache]\ncaches: {}\n",
    "a map style": "version: 8\nname: style\nlayers:\n  - id: water\n    type: fill\n    source: osm\n",
    "a keyboard": "layout: {qmk_keyboard: corne}\nlayers:\n  Base:\n    - [Q, W, E]\n  Nav:\n    - [A, B, C]\n",
    "functions in a cloud": "service: x\nprovider: {name: aws}\nlayers:\n  common:\n    path: layer\nfunctions: {}\n",
    "layers of a program": "name: app\nlayers:\n  - name: ui\n    packages: [a]\n  - name: backend\nrules: []\n",
    "a component": (
        "name: Train\ndescription: Trains\ninputs:\n  - {name: data}\noutputs:\n  - {name: model}\nimplementation: {}\n"
    ),
    "a tool of a workflow": (
        "cwlVersion: v1.2\nclass: CommandLineTool\ninputs:\n  a: string\noutputs: []\nbaseCommand: echo\n"
    ),
    "a module of a workflow": (
        "name: bwa\nkeywords: [map]\ninput:\n  - meta: {type: map}\noutput:\n  - bam: {type: file}\n"
    ),
    "a stream": "input:\n  stdin: {}\npipeline:\n  processors: []\noutput:\n  stdout: {}\n",
    "files": "input: data/train.csv\noutput: out.csv\n",
    "a playbook": "- hosts: all\n  tasks:\n    - name: x\n      debug: {}\n",
    "a list of words": "- English\n- French\n",
    "a list of mappings": "- name: a\n  value: 1\n- name: b\n",
    "what Keras 1 wrote": (
        "class_name: Sequential\nconfig:\n- class_name: Dense\n  config: {units: 5}\nkeras_version: 1.0.0\n"
    ),
    "Ludwig": "input_features:\n  - {name: a, type: text}\noutput_features:\n  - {name: b, type: category}\n",
    "a citation": "cff-version: 1.2.0\ntitle: T\nauthors: []\n",
    "a template": "{{- if .Values.x }}\napiVersion: v1\nkind: Pod\n{{- end }}\n",
    "flow style": '{"name": "x", "version": 1, "layers": {"a": {"layers": [1]}}, "inputs": ["a"], "steps": []}\n',
    "a word": "hello\n",
    "a number": "5\n",
    "nothing": "",
    "comments": "# layers:\n#   - Dense\n",
    "markup": "<html><body></body></html>\n",
    "Python": "import keras\nmodel = keras.Sequential()\nmodel.add(keras.layers.Dense(5))\n",
}


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_spec_is_one_also_where_it_is_wrong(path: Path) -> None:
    assert is_spec(path.read_bytes())


@pytest.mark.parametrize(
    "case", [case for case in FIRST_HOUR if case.title != "nothing but words"], ids=lambda case: case.title
)
def test_a_spec_with_a_mistake_is_one(case: object) -> None:
    assert is_spec(case.spec)  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_files_of_other_tools_are_none(text: str) -> None:
    assert not is_spec(text)
    assert not is_spec("# a comment\n---\n" + text)
    assert not is_spec(text.replace("\n", "\r\n"))


@pytest.mark.parametrize(
    "text",
    [
        "layer:\n  - LSTM: {units: 5}\n",
        "Input: [4]\nLayers:\n  - Dense: 5\n",
        "layers:\n- Dense:\n    units: 5\n",
        "layers: [Flatten, Dense: {units: 5}]\n",
        "{input: [4], layers: [{Dense: {units: 2}}]}\n",
        '{"input": [4],\n "layers": [{"Dense": {"units": 2}}]}\n',
        "  input: [4]\n  layers:\n    - Flatten\n",
        "---\n# comment\nname: x\nlayers:\n\n  # first\n  - Dense: {units: 5\n",
        "%YAML 1.2\n---\ninput: [4]\nlayers:\n  - Flatten\n",
        "input: [4]\nlayers:\n\t- Flatten\n",
        "network:\n  input: [4]\n  layers: [Flatten]\n",
        "inputs: {x: [4]}\nlayers:\n  - $units\n",
        "name: x\ninput: [4]\nlayers:\n  - type: dense\n    size: 5\noptimizer: adam\n",
        "layers:\n  - type: Dense\n    units: 5\n",
        "layers:\n  - Linear: {in_features: 5, out_features: 5}\n",
        "input: [4]\noutput: [5]\n",
        "- Dense: {units: 5}\n- Flatten\n",
        "input: [4]\nlayers:\n  - Dense: {units: 5}\n---\ninput: [4]\n",
        "input: [4]\nlayers:\n",
    ],
)  # fmt: skip
def test_mistakes_in_the_root_are_seen_through(text: str) -> None:
    assert is_spec(text)
    assert is_spec(b"\xef\xbb\xbf" + text.encode())
    assert is_spec(text.encode("utf-16"))
    assert is_spec(text.replace("\n", "\r\n"))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{" * 100_000,
        "a:" * 100_000,
        "'" * 100_000,
        "- " * 100_000,
        "\0",
        "x: " * 70_000 + "\n" + "layers:\n" * 70_000,
    ],
)
def test_hostile_texts(text: str) -> None:
    assert not is_spec(text)
