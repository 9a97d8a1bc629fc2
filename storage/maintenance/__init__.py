"""Backup, restore, move, erasure, verification and reprocessing of a whole database."""
