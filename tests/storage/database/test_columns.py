from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, literal, select

from storage.database.columns import DIGEST_BYTES, BinarySha256
from storage.database.engine import Database

several = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@several
@given(digest=st.binary(min_size=DIGEST_BYTES, max_size=DIGEST_BYTES).map(bytes.hex))
def test_a_digest_is_hexadecimal_outside_the_database_and_32_bytes_inside(database: Database, digest: str):
    stored = literal(digest, BinarySha256())
    with database.read() as connection:
        row = connection.execute(select(stored, func.length(stored), stored == digest, stored == "0" * 64)).one()
    assert (row[0], row[1]) == (digest, DIGEST_BYTES)
    assert [bool(equal) for equal in row[2:]] == [True, digest == "0" * 64]


def test_no_digest_is_null(database: Database):
    with database.read() as connection:
        assert connection.execute(select(literal(None, BinarySha256()))).scalar_one() is None


@pytest.mark.parametrize("value", ["not a digest", "abc", "é" * 32])
def test_what_is_not_hexadecimal_is_never_stored(value: str, database: Database):
    with database.read() as connection, pytest.raises(Exception, match=r"fromhex|hexadecimal"):
        connection.execute(select(literal(value, BinarySha256())))
