"""Verifying an archive: is everything that is stored what was stored, and can it be read?"""

from storage.maintenance.verify.damage import Damage, Outcome
from storage.maintenance.verify.run import verify

__all__ = ["Damage", "Outcome", "verify"]
