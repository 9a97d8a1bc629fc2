"""Writes of several threads share transactions: each is acknowledged after its commit, and one that fails undoes itself alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, text

from monitor.errors import DatabaseFull, StorageError
from storage.database.connection import Database
from storage.database.group_commit import GroupCommit
from tests.support.patience import PATIENCE_SECONDS


@pytest.fixture
def numbers(database: Database) -> Database:
    with database.begin() as connection:
        connection.execute(text("CREATE TABLE numbers (n INTEGER PRIMARY KEY)"))
    return database


def put(number: int):
    def operation(connection: Connection) -> int:
        connection.execute(text("INSERT INTO numbers VALUES (:n)"), {"n": number})
        return number

    return operation


def kept(database: Database) -> list[int]:
    with database.read() as connection:
        return list(connection.execute(text("SELECT n FROM numbers ORDER BY n")).scalars())


def test_writes_of_many_threads_are_all_kept_and_each_gets_its_own_result(numbers: Database):
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(lambda n: numbers.write(put(n)), range(200))) == list(range(200))
    assert kept(numbers) == list(range(200))


def test_a_write_that_fails_undoes_itself_alone_and_raises_only_in_its_own_thread(numbers: Database):
    numbers.write(put(7))

    def write(number: int) -> object:
        try:
            return numbers.write(put(number))
        except StorageError as error:
            return type(error)

    def stumble(number: int) -> object:
        def operation(connection: Connection) -> None:
            put(1000 + number)(connection)
            raise LookupError(str(number))

        try:
            numbers.write(operation)
        except LookupError as error:
            return str(error)
        return None

    with ThreadPoolExecutor(16) as pool:
        wrote = list(pool.map(write, range(20)))
        stumbled = list(pool.map(stumble, range(20)))
    assert wrote == [*range(7), StorageError, *range(8, 20)]
    assert stumbled == [str(number) for number in range(20)]
    assert kept(numbers) == list(range(20))


class Gate:
    """Transactions that wait for each other, counted."""

    def __init__(self, database: Database) -> None:
        self.begun, self.go_on = threading.Semaphore(0), threading.Event()
        self.transactions = 0
        self._database = database

    @contextmanager
    def begin(self):
        self.transactions += 1
        with self._database.begin() as connection:
            yield connection
            self.begun.release()
            assert self.go_on.wait(PATIENCE_SECONDS)


def test_what_gathers_while_a_transaction_commits_shares_the_next_one(numbers: Database):
    gate = Gate(numbers)
    group = GroupCommit(gate.begin)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(group.write, put(0))
        assert gate.begun.acquire(timeout=PATIENCE_SECONDS)
        rest = [pool.submit(group.write, put(number)) for number in range(1, 8)]
        while len(group._waiting) < 7:
            pass
        assert not first.done(), "nothing is acknowledged before the commit"
        gate.go_on.set()
        assert [one.result() for one in (first, *rest)] == list(range(8))
    assert gate.transactions == 2


def test_a_failed_commit_fails_every_write_of_the_group(numbers: Database):
    @contextmanager
    def begin():
        with numbers.begin() as connection:
            yield connection
            raise DatabaseFull("the disk is full")

    group = GroupCommit(begin)
    with ThreadPoolExecutor(4) as pool:
        writes = [pool.submit(group.write, put(number)) for number in range(4)]
    assert [type(write.exception()) for write in writes] == [DatabaseFull] * 4
    assert kept(numbers) == []
