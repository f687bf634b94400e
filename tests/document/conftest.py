"""Both ways to read YAML."""

from __future__ import annotations

import pytest
import yaml

from shapecalc.document import builder as events


@pytest.fixture(params=["libyaml", "python"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both readers of YAML: PyYAML may come without libyaml."""
    if request.param == "python":
        monkeypatch.setattr(events, "_Loader", yaml.SafeLoader)
    return str(request.param)
