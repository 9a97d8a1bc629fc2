"""Compares two versions of a page and returns the changes: numbers, sentences, links, tables. Pure. Must not depend on tracking or pipeline."""
