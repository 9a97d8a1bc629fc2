"""Reprocessing of stored snapshots."""
