"""`SqlStore`: where checks and their results are stored, on SQLite or PostgreSQL."""

from __future__ import annotations

from storage.check_store import CheckStore
from storage.lease_store import LeaseStore
from storage.page_edit_store import PageEditStore
from storage.page_store import PageStore
from storage.requisite_store import RequisiteStore


class SqlStore(CheckStore, LeaseStore, PageStore, PageEditStore, RequisiteStore):
    """The whole store: checks and reprocessing, leases and claims, pages, requisites. Its methods are thread-safe, and one transaction each."""
