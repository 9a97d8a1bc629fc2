"""Verify an archive: check that all stored data is unchanged and can be read."""

from storage.maintenance.verify.damage import Damage, OnDamage, Outcome, ignore_damage
from storage.maintenance.verify.run import verify

__all__ = ["Damage", "OnDamage", "Outcome", "ignore_damage", "verify"]
