"""Verifying an archive: is everything that is stored what was stored, and can it be read?"""

from storage.verification.damage import Damage, Outcome
from storage.verification.run import verify

__all__ = ["Damage", "Outcome", "verify"]
