"""Verify an archive: check that all stored data is unchanged and can be read."""

from storage.maintenance.verify.damage import Damage, Outcome
from storage.maintenance.verify.run import verify

__all__ = ["Damage", "Outcome", "verify"]
