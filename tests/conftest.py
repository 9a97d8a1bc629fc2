"""Fixtures for every test: real stores, sites, mail servers and a clock. They live in tests/support, a module a subject."""

from __future__ import annotations

import os
import re

from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.support.clocks",
    "tests.support.stores",
    "tests.support.sites",
    "tests.support.receivers",
    "tests.support.talkers",
]

# What a machine has set for its people is nothing to the tests: colours, widths, proxies, a Pagewitness of its own. Here, before anything that reads it.
_THEIRS = re.compile(
    r"(?i:FORCE_COLOR|PY_COLORS|CLICOLOR\w*|GITHUB_ACTIONS|COLUMNS|LINES|TERMINAL_WIDTH|\w+_PROXY|PAGEWITNESS_(?!FUZZ_)\w+)"
)
for name in filter(_THEIRS.fullmatch, list(os.environ)):
    del os.environ[name]

# How long an example takes says something of the machine. The quick ones are the same in each run, so that the same code gets the same answer: new ones
# are looked for by whoever asks for the thorough profile.
anywhere = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("quick", max_examples=50, derandomize=True, **anywhere)
settings.register_profile("thorough", max_examples=2000, derandomize=False, **anywhere)
settings.load_profile("quick")
