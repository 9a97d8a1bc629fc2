"""Run a verification: split it into parts, check them in one or several processes, and add up the results."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass, replace
from multiprocessing import get_context

from sqlalchemy import func, select

from monitor.errors import ConfigurationError, StorageError
from storage import schema
from storage.database.connection import Database, connect
from storage.database.engine import schema_version
from storage.database.error_mapping import is_damage
from storage.maintenance.progress import Progress, ignore_progress
from storage.maintenance.verify.bodies import amount, check_trees, roots_after
from storage.maintenance.verify.damage import Damage, OnDamage, Outcome, ignore_damage
from storage.maintenance.verify.references import check_references, rules
from storage.maintenance.verify.rows import check_rows, check_versions
from storage.maintenance.verify.search import check_presences, check_terms, page_ids_after
from storage.schema import metadata, versions
from storage.search.terms import NAME as TERMS

MOST_PROCESSES = 4
# Starting processes takes a second: with less data than this, one process is faster.
_WORTH_IT_BYTES = 200 * 1024**2
_ROOTS_A_PART, _VERSIONS_A_PART, _PAGES_A_PART, _KEYS_AT_ONCE = 8, 200, 20, 5000
_MOST_MESSAGES = 100
# Left out for a file of unknown origin: they have SQLite interpret more than tables and indexes.
_OWN_CHECKS = {"database", "terms"}


@dataclass(frozen=True, slots=True)
class Part:
    """A unit of work: `kind` names the check, the other fields are its arguments."""

    kind: str
    keys: tuple[int, ...] = ()
    table: str = ""


def verify(
    url: str,
    *,
    sample: float = 1.0,
    chance: Callable[[], float] = lambda: 0.0,
    processes: int | None = None,
    own_check: bool = True,
    progress: Progress = ignore_progress,
    on_damage: OnDamage = ignore_damage,
) -> Outcome:
    """Check a whole database; it is only read, and may be in use.

    Args:
        url: The database. If its schema version is older than this code's, only bodies and SQLite's own checks are run.
        sample: The share of bodies and versions to check, above 0 up to 1; bodies are sampled by keyframe, with all deltas below it.
        chance: Returns a random number from 0 up to (not including) 1, for the sample.
        processes: The number of processes; None: one per CPU, up to MOST_PROCESSES, or one if there is little data.
        own_check: Whether to run SQLite's own check too, and the one of the full-text index.
        progress: Called with the number of bodies and versions done.
        on_damage: Called for each damaged item when it is found.

    Raises:
        ConfigurationError: The share is out of range.
        StorageError: The database could not be read, for a reason other than damage.
    """
    if not 0 < sample <= 1:
        raise ConfigurationError(f"{sample:g} is no share; name one above 0 and up to 1")
    with closing(connect(url, create=False, read_only=True)) as database:
        current = schema_version(database) == schema.VERSION
        with database.read() as connection:
            count, length = amount(connection)
            total = count + (
                connection.execute(select(func.count()).select_from(versions)).scalar_one() if current else 0
            )
        parts = (part for part in _parts(database, current=current) if own_check or part.kind not in _OWN_CHECKS)
        chosen = _chosen(parts, sample, chance)
        workers = processes or (1 if length * sample < _WORTH_IT_BYTES else min(MOST_PROCESSES, os.cpu_count() or 1))
        outcome = Outcome()
        for part in _results(database, url, chosen, workers):
            outcome = outcome.plus(part)
            for damage in part.damages:
                on_damage(damage)
            done = outcome.bodies + outcome.versions
            progress("bodies and versions", done, max(done, round(total * sample)))
        return replace(outcome, damages=_once(outcome.damages))


def _once(damages: tuple[Damage, ...]) -> tuple[Damage, ...]:
    return tuple(dict.fromkeys(damages))


def _parts(database: Database, *, current: bool) -> Iterator[Part]:
    """Yield all parts, the slow ones first."""
    yield Part("database")
    if current:
        yield from (Part("rows", table=table.name) for table in reversed(metadata.sorted_tables))
        yield from (Part("references", keys=(number,)) for number in range(len(rules())))
    for keys in _pages(lambda after: _roots(database, after)):
        yield from (Part("bodies", keys=some) for some in _split(keys, _ROOTS_A_PART))
    if current:
        for keys in _pages(lambda after: _versions(database, after)):
            yield from (Part("versions", keys=some) for some in _split(keys, _VERSIONS_A_PART))
        yield Part("terms")
        for keys in _pages(lambda after: _monitored(database, after)):
            yield from (Part("presences", keys=some) for some in _split(keys, _PAGES_A_PART))


def _roots(database: Database, after: int) -> list[int]:
    with database.read() as connection:
        return roots_after(connection, after, _KEYS_AT_ONCE)


def _versions(database: Database, after: int) -> list[int]:
    query = select(versions.c.id).where(versions.c.id > after).order_by(versions.c.id).limit(_KEYS_AT_ONCE)
    with database.read() as connection:
        return list(connection.execute(query).scalars())


def _monitored(database: Database, after: int) -> list[int]:
    with database.read() as connection:
        return page_ids_after(connection, after, _KEYS_AT_ONCE)


def _pages(read: Callable[[int], list[int]]) -> Iterator[list[int]]:
    """Yield keys in order, in batches. Stops if the index that lists them is damaged, which other checks report."""
    after = -(2**63) + 1
    while True:
        try:
            keys = read(after)
        except StorageError as error:
            if not is_damage(error):
                raise
            return
        if not keys:
            return
        yield keys
        after = keys[-1]


def _split(keys: list[int], size: int) -> Iterator[tuple[int, ...]]:
    for start in range(0, len(keys), size):
        yield tuple(keys[start : start + size])


def _chosen(parts: Iterator[Part], share: float, chance: Callable[[], float]) -> Iterator[Part]:
    """Yield the parts with a share of their bodies and versions; at least the first of each kind, so that no sample is empty."""
    met: set[str] = set()
    for part in parts:
        if share >= 1 or part.kind not in {"bodies", "versions", "presences"}:
            yield part
            continue
        keys = tuple(key for key in part.keys if chance() < share)
        if not keys and part.kind not in met:
            keys = part.keys[:1]
        met.add(part.kind)
        if keys:
            yield replace(part, keys=keys)


# --- checking


def check(database: Database, part: Part) -> Outcome:
    """Check one part."""
    try:
        if part.kind == "bodies":
            return check_trees(database, part.keys)
        if part.kind == "versions":
            return check_versions(database, part.keys)
        if part.kind == "terms":
            return check_terms(database)
        if part.kind == "presences":
            return check_presences(database, part.keys)
        if part.kind == "rows":
            return check_rows(database, metadata.tables[part.table])
        if part.kind == "references":
            return check_references(database, part.keys[0])
        return _check_database(database)
    except StorageError as error:
        if not is_damage(error):
            raise
        table = part.table or {
            "bodies": "bodies",
            "versions": "versions",
            "presences": "search_blocks",
            "terms": TERMS,
        }.get(part.kind, "")
        return Outcome(damages=(Damage("database", f"{table + ': ' if table else ''}{error}"),))


def _check_database(database: Database) -> Outcome:
    """Run SQLite's check of pages, indexes and constraints. PostgreSQL has none without an extension; the other parts read all its rows."""
    if database.engine.dialect.name != "sqlite":
        return Outcome()
    with database.read() as connection:
        rows = connection.exec_driver_sql(f"PRAGMA integrity_check({_MOST_MESSAGES})").scalars()
        lines = [" ".join(str(row).split()) for row in rows]
    return Outcome(damages=tuple(Damage("database", line) for line in lines if line != "ok"))


def _results(database: Database, url: str, parts: Iterator[Part], workers: int) -> Iterator[Outcome]:
    if workers == 1:
        yield from (check(database, part) for part in parts)
        return
    # Processes are spawned: a forked one would share the connections of this one.
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(url,))
    try:
        waiting: deque[Future[Outcome]] = deque()
        for part in parts:
            waiting.append(pool.submit(_work, part))
            if len(waiting) >= 4 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise StorageError("a process that verifies was killed; is there enough memory? try --processes 1") from None
    finally:
        pool.shutdown(cancel_futures=True)


_opened: list[Database] = []


def _begin(url: str) -> None:
    """Initialise a worker process. It ignores Ctrl-C, which its parent handles."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _opened.append(connect(url, create=False, read_only=True))


def _work(part: Part) -> Outcome:
    return check(_opened[0], part)
