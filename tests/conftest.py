"""What every test runs under."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Test processes run side by side: threads of NumPy's own, which it starts on import, would wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Where the tests run is not what they test: in GitHub Actions `check` prints annotations, and a checkout has a name.
for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
    os.environ.pop(name, None)

# No test is held to the clock: a machine under load is no reason to fail.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
