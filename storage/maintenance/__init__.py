"""Maintenance of a whole database: backup, restore, move, erasure, verification and reprocessing."""
