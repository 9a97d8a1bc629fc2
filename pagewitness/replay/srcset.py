"""Rewrites the srcset attribute; its grammar is in `monitor.requisites.srcset`."""

from __future__ import annotations

from collections.abc import Callable

from monitor.requisites.srcset import candidates

__all__ = ["candidates", "rewrite_srcset"]


def rewrite_srcset(value: str, to: Callable[[str], str | None]) -> str:
    """Return the srcset with its URLs replaced by `to`; candidates for which `to` returns None are omitted."""
    made = ((to(url), descriptor) for url, descriptor in candidates(value))
    return ", ".join(f"{url} {descriptor}".rstrip() for url, descriptor in made if url)
