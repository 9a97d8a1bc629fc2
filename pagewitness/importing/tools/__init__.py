"""Reads the configuration of other change monitors: each job becomes a page, with a note for everything that has no counterpart here."""
