"""`python -m tests.first_hour` writes what is said and typed anew: read the difference before it is committed."""

from __future__ import annotations

from tests.first_hour.cases import FOLDER, cases, said, typed, write

for path in sorted(one for one in FOLDER.glob("*.txt") if one.stem != "commands"):
    write(path, [case._replace(says=said(case.spec), typed=typed(case.spec)) for case in cases(path)])
