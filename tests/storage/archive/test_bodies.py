from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy import func, select, update

from monitor.errors import BodyCorrupt, UnknownName
from storage.archive.bodies import Arrival, arrival, load_body, store_bodies
from storage.archive.compression import MAX_DEPTH, keyframe
from storage.database.engine import Database
from storage.schema import archived_urls, bodies, body_links
from tests.storage.snapshots import sha256

NOW = datetime(2021, 3, 1, tzinfo=UTC)
URL = "https://a.example/"


def store(database: Database, *arrivals: Arrival) -> None:
    with database.begin() as connection:
        store_bodies(connection, arrivals, NOW)


def load(database: Database, body: bytes) -> bytes:
    with database.read() as connection:
        return load_body(connection, sha256(body))


def rows(database: Database):
    with database.read() as connection:
        return connection.execute(select(bodies).order_by(bodies.c.id)).all()


def count(database: Database, table) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.mark.parametrize("body", [b"", b"x", b"<p>82 members</p>", bytes(range(256)) * 50])
def test_a_body_comes_back_as_stored(database: Database, body: bytes):
    store(database, arrival(URL, body))
    assert load(database, body) == body


def test_six_hundred_bodies_on_one_chain_all_read_back(database: Database):
    source = random.Random(6)
    page = source.randbytes(3000).hex().encode()
    versions = [page.replace(page[n : n + 8], b"%08d" % n) for n in range(600)]
    for at in range(0, 600, 100):
        store(database, *(arrival(URL, body) for body in versions[at : at + 100]))
    with database.read() as connection:
        assert all(load_body(connection, sha256(body)) == body for body in versions)
    stored = rows(database)
    assert max(row.depth for row in stored) <= 8
    assert [row.id for row in stored if row.base_id is None] == [stored[n].id for n in (0, 256, 512)]
    assert sum(len(row.data) for row in stored) < 600 * 200


def test_a_large_body_comes_back_and_deltas(database: Database):
    first = random.Random(7).randbytes(2_500_000)
    second = b"new" + first
    store(database, arrival(URL, first))
    store(database, arrival(URL, second))
    assert load(database, second) == second
    assert len(rows(database)[1].data) < len(first) // 100


def test_a_body_is_stored_once_whatever_url_it_comes_from(database: Database):
    body = b"<p>82 members</p>"
    store(database, arrival(URL, body), arrival("https://b.example/", body))
    store(database, arrival(URL, body))
    assert count(database, bodies) == 1
    assert count(database, archived_urls) == 2
    assert count(database, body_links) == 2


def test_an_empty_body_is_no_base(database: Database):
    store(database, arrival(URL, b""))
    assert count(database, body_links) == 0


def test_a_url_longer_than_an_index_takes_is_fine(database: Database):
    body = b"<p>82 members</p>"
    store(database, arrival(URL + random.Random(8).randbytes(5000).hex(), body))
    assert load(database, body) == body


def test_no_body_has_more_bases_than_allowed(database: Database):
    """Bodies that wander from URL to URL would otherwise pile up."""
    page = random.Random(9).randbytes(2000)
    versions = [page + b"%d" % n for n in range(60)]
    for n, body in enumerate(versions[1:]):
        url = f"https://{n}.example/"
        store(database, arrival(url, versions[n]))
        store(database, arrival(url, body))
    assert max(row.depth for row in rows(database)) == MAX_DEPTH
    assert all(load(database, body) == body for body in versions)


def test_many_writers_of_one_body_store_it_once(database: Database):
    body = random.Random(10).randbytes(5000)
    together = Barrier(4)

    def write(n: int) -> None:
        together.wait()
        store(database, arrival(f"https://{n % 2}.example/", body))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert count(database, bodies) == 1
    assert load(database, body) == body


def test_two_writers_on_one_url_both_find_their_place(database: Database):
    page = random.Random(11).randbytes(4000)
    versions = [b"%d" % n + page for n in range(20)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda body: store(database, arrival(URL, body)), versions))
    with database.read() as connection:
        places = connection.execute(select(body_links.c.n).order_by(body_links.c.n)).scalars().all()
    assert places == list(range(20))
    assert all(load(database, body) == body for body in versions)


def test_writers_whose_pages_redirect_to_each_other_do_not_wait_for_each_other(database: Database):
    page = random.Random(12).randbytes(3000)

    def write(n: int) -> None:
        urls = ["https://a.example/", "https://b.example/"][:: 1 if n % 2 else -1]
        store(database, arrival(urls[0], b"%d" % n + page), arrival(urls[1], page + b"%d" % n))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(16)))
    assert count(database, bodies) == 32


def test_a_body_that_is_not_there_is_unknown(database: Database):
    with pytest.raises(UnknownName, match="no body"):
        load(database, b"never seen")


@pytest.mark.parametrize("data", [b"garbage", b"", keyframe(b"<p>another page</p>")])
def test_a_tampered_body_is_not_shown(database: Database, data: bytes):
    body = b"<p>82 members</p>"
    store(database, arrival(URL, body))
    tamper(database, body, data=data)
    with pytest.raises(BodyCorrupt, match=sha256(body)):
        load(database, body)


def test_a_body_with_a_wrong_base_is_not_shown(database: Database):
    page = random.Random(13).randbytes(4000)
    store(database, arrival(URL, page), arrival("https://b.example/", b"other" + page[::-1]))
    store(database, arrival(URL, page + b"2"))
    wrong = next(row.id for row in rows(database) if row.length_bytes == 4005)
    tamper(database, page + b"2", base_id=wrong)
    with pytest.raises(BodyCorrupt):
        load(database, page + b"2")


def test_bases_that_go_round_in_a_circle_end(database: Database):
    page = random.Random(14).randbytes(4000)
    store(database, arrival(URL, page))
    store(database, arrival(URL, page + b"2"))
    first, second = (row.id for row in rows(database))
    tamper(database, page, base_id=second)
    tamper(database, page + b"2", base_id=first)
    with pytest.raises(BodyCorrupt):
        load(database, page + b"2")


def test_a_damaged_base_keeps_no_new_body_out(database: Database):
    page = random.Random(15).randbytes(4000)
    store(database, arrival(URL, page))
    tamper(database, page, data=b"garbage")
    store(database, arrival(URL, page + b"2"))
    assert load(database, page + b"2") == page + b"2"


def tamper(database: Database, body: bytes, **values) -> None:
    with database.begin() as connection:
        connection.execute(update(bodies).where(bodies.c.sha256 == sha256(body)).values(values))
