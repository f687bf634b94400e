"""`shapecalc schema`."""

from __future__ import annotations

import sys

from shapecalc.cli import usage


@usage.command("schema")
def command() -> int:
    """Print the JSON Schema of model specs, for editors that complete and check YAML.

    \b
    Examples:
      shapecalc schema > .shapecalc.schema.json
      # then, as the first line of a spec:
      # yaml-language-server: $schema=.shapecalc.schema.json
    """
    from shapecalc.render.spec_schema import schema_text

    sys.stdout.write(schema_text())
    return 0
