"""What the screen of one page shows beside its history, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.errors import UnknownName
from storage.queries.page_detail import HostState, PageDetails, StoredSize
from storage.store import SqlStore
from tests.storage.leases import lease_hosts
from tests.storage.snapshots import URL, add_page, archive, fact_changed, full, ok, version


def test_the_size_events_and_statistics_of_a_page(store: SqlStore, clock):
    details = PageDetails(store.database)
    page = add_page(store, clock())
    assert details.stored_size(page.id, URL) == StoredSize(0, 0, is_complete=True)
    assert details.latest_snapshot_id(page.id) is None
    snapshot = archive(store, page, full(clock(), b"<p>85 members"), clock())
    store.record(snapshot, ok(version(), events=(fact_changed(snapshot),)), now=clock())
    size = details.stored_size(page.id, URL)
    assert size.body_bytes > 0
    assert size.version_bytes > 0
    assert [recorded.event.change.after for recorded in details.newest_events(page.id, 5)] == [85]
    assert details.newest_events(page.id, 0) == []
    assert details.latest_snapshot_id(page.id) == snapshot.id
    assert (details.summary(page.id).snapshots, details.summary(page.id).versions) == (1, 1)
    assert [found.id for found in details.pages([page.id, 999])] == [page.id]
    with pytest.raises(UnknownName):
        details.summary(999)


def test_the_state_of_a_host(store: SqlStore, clock):
    details = PageDetails(store.database)
    page = add_page(store, clock())
    assert details.host(page.host) == HostState()
    lease_hosts(store, [page.host], "a process", timedelta(seconds=30))
    assert details.host(page.host).is_visited
    store.pause_host(page.host, timedelta(hours=1), "503 with Retry-After")
    state = details.host(page.host)
    assert state.paused_until is not None
    assert state.pause_reason == "503 with Retry-After"
