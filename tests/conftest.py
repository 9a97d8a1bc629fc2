"""Fixtures for every test: real stores, sites, mail servers and a clock. They live in tests/support, a module a subject."""

from __future__ import annotations

from hypothesis import settings

pytest_plugins = ["tests.support.clocks", "tests.support.stores", "tests.support.sites", "tests.support.receivers"]

settings.register_profile("quick", max_examples=50, deadline=None)
settings.register_profile("thorough", max_examples=2000, deadline=None)
settings.load_profile("quick")
