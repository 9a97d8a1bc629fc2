"""Inputs for the restore target: edits of a backup, see `tests.fuzz.database_edits`."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from sqlalchemy import Table

from storage.limits import is_blob
from storage.schema import metadata, versions
from tests.fuzz.database_edits import CONTENTS

PAGE_BYTES = 4096
"""SQLite's page size."""
_TABLES: Sequence[Table] = tuple(metadata.sorted_tables)
_INDEXES = sorted(str(index.name) for table in _TABLES for index in table.indexes)
_ITEMS = [
    *(table.name for table in _TABLES),
    *_INDEXES,
    "alembic_version",
    "sqlite_sequence",
    "sqlite_autoindex_pages_1",
]
_PAGES = 90
_ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"

_VALUES = (
    "NULL", "0", "1", "-1", "2", "85", "9223372036854775807", "-9223372036854775808", "9e999", "-9e999", "0.5", "1e300", "''", "' '", "'x'", "x''", "x'00'", "x'ff'", "'x' || char(0) || 'y'",
    "char(55296)", "CAST(x'ff' AS TEXT)", "hex(zeroblob(40))", "hex(zeroblob(600000))", "zeroblob(2000000)", "hex(zeroblob(9000000))", "'2021-03-01 12:00:00.000000'", "'0001-01-01 00:00:00.000000'",
    "'9999-12-31 23:59:59.999999'", "'2021-02-30 00:00:00.000000'", "'2021-03-01'", "'2021-03-01T12:00:00+23:59'", "'ok'", "'live'", "'full'", "'failed'", "'not_modified'", "'same_body'", "'active'",
    "'https://a.example/'", "'http://[::1'", "'javascript:x'", "'1999-13-13 99:99:99'", "'env:HOME'", "hex(randomblob(32))", "'0' || substr(hex(zeroblob(32)), 2)",
)  # fmt: skip
_JSON_VALUES = (
    "'null'", "'[]'", "'{}'", "'0'", "'-1.5'", "'true'", "'\"x\"'", "'[[]]'", "'[1]'", "'[null]'", "'[[1,2]]'", "'[[\"a\",\"b\"]]'", "'[[\"a\",1]]'", "'[[\"a\",\"b\",\"c\"]]'", "'{\"a\":1}'", "'NaN'", "'[1e999]'",
    "'[\"\\ud800\"]'", "'[\"\\u0000\"]'", "'{\"kind\":null}'", "'{\"spots\":{},\"missed\":0,\"code\":\"\"}'", "'{\"between\":{\"from\":\"x\",\"to\":1}}'", "'{\"quotes\":[null]}'", "'{\"joined\":[1]}'",
    "'[' || replace(hex(zeroblob(3000)), '0', '[')", "replace(hex(zeroblob(9000)), '00', '{\"a\":')", "replace(hex(zeroblob(6000)), '0', '9')", "'[\"' || hex(zeroblob(300000)) || '\"]'",
    "'[' || replace(hex(zeroblob(100000)), '00', '[],') || '[]]'", "'[[[\"x\"],\"2021-03-01T12:00:00\",1]]'", "'[[[1],\"2021-03-01T12:00:00+00:00\",1]]'",
)  # fmt: skip
_CHANGES = (
    "upper({0})", "lower({0})", "substr({0}, 2)", "{0} || {0}", "-{0}", "{0} + 1", "{0} * 1e18", "CAST({0} AS BLOB)", "CAST({0} AS TEXT)", "replace({0}, '\"', '')", "replace({0}, ':', ',')", "replace({0}, '1', '-9')",
    "replace({0}, '[', '{{')", "replace({0}, 'a', char(0))", "replace({0}, '\"', '\"\\u0000')", "replace({0}, 'e', char(8238))", "replace({0}, '0', '99')", "replace({0}, 'true', '2')", "replace({0}, 'null', '{{}}')",
)  # fmt: skip
_ROWS = st.sampled_from(
    ["1", "rowid = 1", "rowid = 2", "rowid % 2 = 1", "rowid > 5", "rowid = (SELECT max(rowid) FROM pages)"]
)


@st.composite
def _updates(draw: st.DrawFn) -> str:
    table = draw(st.sampled_from(_TABLES))
    column = draw(st.sampled_from([column for column in table.columns if not is_blob(column)]))
    values = st.one_of(
        st.sampled_from(_JSON_VALUES if "Json" in type(column.type).__name__ else _VALUES),
        st.sampled_from(_VALUES),
        st.sampled_from(_CHANGES).map(lambda change: change.format(f'"{column.name}"')),
        st.sampled_from(list(table.columns)).map(lambda other: f'"{other.name}"'),
    )
    return f'UPDATE {table.name} SET "{column.name}" = {draw(values)} WHERE {draw(_ROWS)}'


@st.composite
def _schema_updates(draw: st.DrawFn) -> str:
    column, values = draw(
        st.sampled_from(
            [
                ("rootpage", [*map(str, range(-1, 12)), "rootpage + 1", "99999999", "(SELECT rootpage FROM sqlite_master WHERE name = 'bodies')"]),
                ("type", ["'view'", "'trigger'", "'index'", "'table'", "NULL", "x'00'"]),
                ("name", ["'sqlite_stat1'", "'x'", "NULL", "tbl_name", "name || char(0)", "'alembic_version'"]),
                ("tbl_name", ["'pages'", "NULL", "name", "'x'"]),
                ("sql", ["NULL", "''", "sql || ' WITHOUT ROWID'", "sql || ' STRICT'", "sql || '--' || char(0)", "sql || hex(zeroblob(2000000))", "replace(sql, 'INTEGER', 'TEXT')", "replace(sql, 'NOT NULL', '')",
                         "replace(sql, ',', ',/*' || char(10) || '*/')", "replace(sql, 'CHECK (', 'CHECK (1 OR ')", "replace(sql, 'CHECK (', 'CHECK (randomblob(99999999) OR ')", "replace(sql, 'VARCHAR', 'BLOB')",
                         f"'CREATE VIEW ' || name || ' AS {_ENDLESS}'", "'CREATE TABLE ' || name || '(x AS (randomblob(999999999)))'", "replace(sql, '\"', '`')", "replace(sql, 'REFERENCES', 'DEFAULT 0 REFERENCES')"]),
            ]
        )
    )  # fmt: skip
    where = draw(
        st.sampled_from(_ITEMS).map(lambda name: f"name = '{name}'")
        | st.sampled_from(["1", "type = 'index'", "rowid = 1"])
    )
    return f"UPDATE sqlite_master SET {column} = {draw(st.sampled_from(values))} WHERE {where}"


def _on_table(statement: str) -> SearchStrategy[str]:
    return st.sampled_from(_TABLES).map(lambda table: statement.format(table.name))


_STATEMENTS = st.one_of(
    _updates(), _updates(), _updates(), _updates(), _updates(),
    _schema_updates(),
    st.builds("DELETE FROM {} WHERE {}".format, st.sampled_from([*(table.name for table in _TABLES), "alembic_version", "sqlite_sequence", "sqlite_master"]), _ROWS),
    _on_table("DROP TABLE {0}"),
    st.sampled_from(_INDEXES).map("DROP INDEX {}".format),
    _on_table(f"CREATE VIEW theirs AS SELECT * FROM {{0}}, ({_ENDLESS})"),
    _on_table("CREATE TRIGGER theirs AFTER INSERT ON {0} BEGIN DELETE FROM pages; END"),
    _on_table("CREATE INDEX theirs ON {0} (rowid) WHERE randomblob(99999999)"),
    _on_table("ALTER TABLE {0} ADD COLUMN theirs AS (hex(randomblob(99999999)))"),
    _on_table("ALTER TABLE {0} ADD COLUMN theirs TEXT DEFAULT (hex(zeroblob(9)))"),
    _on_table("ALTER TABLE {0} RENAME TO theirs"),
    st.sampled_from([
        "CREATE VIRTUAL TABLE theirs USING fts5(x)", "CREATE VIRTUAL TABLE theirs USING rtree(a, b, c)", "CREATE TABLE sqlite_stat1(tbl, idx, stat)", "ANALYZE", "VACUUM", "PRAGMA journal_mode=WAL", "PRAGMA auto_vacuum=1",
        "PRAGMA user_version=9", "PRAGMA encoding='UTF-16'", "PRAGMA application_id=1", "INSERT INTO alembic_version VALUES ('0001')", "UPDATE alembic_version SET version_num = '0001'", "UPDATE alembic_version SET version_num = '9999'",
        "UPDATE alembic_version SET version_num = x'00'", "INSERT INTO sqlite_master VALUES ('view', 'pages', 'pages', 0, 'CREATE VIEW pages AS SELECT 1')", "UPDATE sqlite_sequence SET seq = 9223372036854775807",
        "UPDATE sqlite_sequence SET seq = 'x'", "UPDATE sqlite_sequence SET name = 'x'", "INSERT INTO sqlite_sequence VALUES ('alerts', 1e999)", "INSERT INTO sqlite_sequence SELECT * FROM sqlite_sequence",
        "UPDATE bodies SET base_id = id, depth = 1", "UPDATE bodies SET base_id = (SELECT max(id) FROM bodies) WHERE id = 1", "UPDATE bodies SET depth = 99", "UPDATE versions SET blob_base_id = id", "UPDATE versions SET blob_base_id = 12 - id",
        "UPDATE versions SET blob_depth = -1", "UPDATE bodies SET sha256 = upper(sha256)", "UPDATE snapshots SET repeats_id = id", "UPDATE snapshots SET version_id = 1", "UPDATE snapshots SET seq = -seq", "UPDATE pages SET url = 'https://x/' || rowid",
        "UPDATE versions SET blob = (SELECT data FROM bodies WHERE id = 1)", "UPDATE bodies SET data = (SELECT blob FROM versions WHERE id = 1)",
        "INSERT INTO events SELECT NULL, page_id, snapshot_id, before_snapshot_id, NULL, ordinal, at, from_at, recorded_at, kind, level, origin, cause, fact, before, after, quote_before, quote_after, sentence_before, sentence_after, summary, block_kind, detail, NULL, NULL FROM events",
    ]),
).map("sql {}".format)  # fmt: skip

_HEX = st.one_of(st.binary(min_size=1, max_size=8), st.sampled_from([b"\x00" * 8, b"\xff" * 8, b"\x00" * 4096, b"\x28\xb5\x2f\xfd", b'"', b"{", b"[", b"]", b",", b"9" * 400, b"-", b"null", b"[" * 3000])).map(bytes.hex)  # fmt: skip
_CONTENT_TABLES = st.sampled_from([*sorted(CONTENTS), versions.name])
_CONTENT_ROWS = st.integers(1, 14)
_CONTENT_EDITS = st.one_of(
    st.builds("splice {} {} {} {} {}".format, _CONTENT_TABLES, _CONTENT_ROWS, st.one_of(st.integers(0, 60), st.integers(0, 20_000)), st.integers(0, 9), _HEX),
    st.builds("splice {} {} {} {} {}".format, _CONTENT_TABLES, _CONTENT_ROWS, st.integers(0, 400), st.integers(0, 3), st.integers(32, 126).map("{:02x}".format)),
    st.builds("frame {} {} {}".format, _CONTENT_TABLES, _CONTENT_ROWS, st.sampled_from([
        b"", b"\x02", b"\x02{}", b"{}", b"\x03{}", b"\xff", b"\x02[]", b'\x02{"anchors":[],"headings":[],"reasons":[],"blocks":[],"mentions":[],"readings":[]}', b"\x02" + b"[" * 9_000,
        b'\x02{"anchors":[[0,0]],"headings":["x"],"reasons":[""],"blocks":[["paragraph","5",0,0]],"mentions":[[1,2,3]],"readings":[[[0],[]]]}', b'\x02{"anchors":[' + b"[0]," * 5_000 + b"[0]]}",
    ]).map(bytes.hex)),
    st.builds("bomb {} {} {} {}".format, _CONTENT_TABLES, _CONTENT_ROWS, st.sampled_from([0, 1, 600_000, 60_000_000, 200_000_000]), st.sampled_from([-1, 0, 1, 600_000, 60_000_000, 200_000_000, 2**62])),
)  # fmt: skip

_PLACES = st.one_of(
    st.integers(0, 100),  # the header of the file
    st.builds(
        lambda page, place: page * PAGE_BYTES + place, st.integers(0, _PAGES), st.integers(0, 40)
    ),  # headers of pages
    st.integers(0, _PAGES * PAGE_BYTES),
)
_BYTE_EDITS = st.one_of(
    st.builds("set {} {}".format, _PLACES, _HEX),
    st.builds("set {} {}".format, _PLACES, _HEX),
    st.builds("copy {} {} {}".format, st.integers(0, _PAGES).map(lambda page: page * PAGE_BYTES), st.integers(0, _PAGES).map(lambda page: page * PAGE_BYTES), st.sampled_from([16, PAGE_BYTES])),
    st.builds("cut {}".format, st.one_of(st.integers(0, 200), st.integers(0, _PAGES * PAGE_BYTES))),
    st.builds("add {}".format, _HEX),
)  # fmt: skip


def edited_backups() -> SearchStrategy[bytes]:
    """Return lines of edits, of one kind or mixed; few, because one is usually enough for a refusal and hides the others."""
    edits = st.one_of(
        st.lists(_STATEMENTS, min_size=1, max_size=3),
        st.lists(_STATEMENTS, min_size=1, max_size=2),
        st.lists(_CONTENT_EDITS, min_size=1, max_size=3),
        st.lists(_BYTE_EDITS, min_size=1, max_size=4),
        st.lists(st.one_of(_STATEMENTS, _CONTENT_EDITS, _BYTE_EDITS), min_size=1, max_size=5),
    )
    return edits.map(lambda lines: "\n".join(lines).encode("utf-8", "surrogateescape"))
