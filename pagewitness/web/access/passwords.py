"""Password hashes: Argon2id with the parameters of RFC 9106's second recommendation (64 MiB, 3 passes), one at a time."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from monitor.errors import ConfigurationError

SHORTEST, LONGEST = 12, 1024
"""Characters of a password; NIST SP 800-63B §3.1.1.2 asks for length, not for kinds of characters."""


class Passwords:
    """Hashes and verifies passwords. One at a time: each takes 64 MiB, and parallel guesses must not pass the count of failures."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._lock = threading.Lock()
        self._decoy = self._hasher.hash("no user has this password")

    def hash(self, password: str) -> str:
        """Return the hash of a new password.

        Raises:
            ConfigurationError: It is too short, too long, or one character repeated.
        """
        if not SHORTEST <= len(password) <= LONGEST:
            raise ConfigurationError(f"a password takes {SHORTEST} to {LONGEST} characters")
        if len(set(password)) < 4:
            raise ConfigurationError("this password repeats the same few characters; choose another one")
        with self._lock:
            return self._hasher.hash(password)

    def verify(self, stored: str | None, password: str) -> bool:
        """Return whether the password has this hash; None: False, after the same time."""
        with self._lock:
            try:
                self._hasher.verify(stored or self._decoy, password)
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Return whether a hash was made with other parameters than new ones are."""
        return self._hasher.check_needs_rehash(stored)
