"""Feeds of changes: Atom 1.0 and JSON Feed 1.1."""
