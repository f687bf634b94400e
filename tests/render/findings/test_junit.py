"""Findings as JUnit XML."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from hypothesis import given
from hypothesis import strategies as st

from shapecalc.diagnostics import Span, error
from shapecalc.render.findings.junit import junit
from tests.render.findings.samples import FIRST, NOTE, NOWHERE


def test_junit() -> None:
    second = FIRST._replace(message="again", help=None)
    assert junit([FIRST, second, NOTE, NOWHERE], files=["clean.yaml", "b.yaml"]) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<testsuites>\n"
        '  <testsuite name="shapecalc" tests="4" failures="2" errors="0" skipped="0">\n'
        '    <testcase classname="shapecalc" name="clean.yaml"/>\n'
        '    <testcase classname="shapecalc" name="b.yaml">\n'
        "      <system-out>b.yaml:1:1: note[SC503] assumed T == U</system-out>\n"
        "    </testcase>\n"
        '    <testcase classname="shapecalc" name="specs/a.yaml">\n'
        '      <failure type="SC412" message="td: needs a time axis, got (None, 5) (and 1 more)">'
        "specs/a.yaml:6:5: error[SC412] td: needs a time axis, got (None, 5)\n"
        "  help: set `return_sequences: true`\n"
        "  note: a note\n"
        "  specs/a.yaml:5:5: returns its last step only\n"
        "specs/a.yaml:6:5: error[SC412] td: again\n"
        "  note: a note\n"
        "  specs/a.yaml:5:5: returns its last step only</failure>\n"
        "    </testcase>\n"
        '    <testcase classname="shapecalc" name="shapecalc">\n'
        '      <failure type="SC608" message="100% wrong, &lt;no&gt; &amp; &quot;none&quot;\\n">'
        "error[SC608] 100% wrong, &lt;no&gt; &amp; &quot;none&quot;\\n</failure>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>"
    )


@given(st.text(), st.text(), st.text())
def test_any_text_gives_a_failure(subject: str, message: str, file: str) -> None:
    found = error("SC201", message, Span(file, 1, 1, 2), subject=subject, help=message)
    assert ElementTree.fromstring(junit([found])).find(".//failure") is not None
