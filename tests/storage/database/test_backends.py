from __future__ import annotations

import pytest

from tests.support.stores import BACKENDS


def test_as_many_tests_run_on_postgresql_as_on_sqlite(request: pytest.FixtureRequest):
    counts = dict.fromkeys(BACKENDS, 0)
    for item in request.session.items:
        parameters = getattr(item, "callspec", None)
        for name in ("database_url", "empty_database_url"):
            if parameters is not None and name in parameters.params:
                counts[parameters.params[name]] += 1
    assert counts["sqlite"] == counts["postgresql"]
