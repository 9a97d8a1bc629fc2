"""Recognises sentences that state when the page itself was written or updated; a date in them is volatile."""

from __future__ import annotations

import re

_MOST_WORDS = 14
_STAMP = re.compile(
    r"\b(?:(?:last|page|recently|date)[ -](?:updated?|modified|changed|reviewed|revised|edited|checked)|updated(?: on| at)?\s*:|updated on|"
    r"(?:zuletzt|letzte)\s+(?:aktualisier\w+|geändert|änderung|bearbeitet|aktualisierung)|aktualisiert(?: am)?\b|stand:|"
    r"(?:dernière|derniere)\s+(?:mise à jour|modification)|mis(?:e)? à jour(?: le)?|modifié le|"
    r"última\s+(?:actualización|modificación|atualização|revisión)|actualizado(?: el)?|atualizado(?: em)?|"
    r"ultim[oa]\s+(?:aggiornamento|modifica)|aggiornat[oa](?: al| il)?|"
    r"(?:laatst\s+)?(?:bijgewerkt|gewijzigd)(?: op)?|senast (?:uppdaterad|ändrad)|sidst (?:opdateret|ændret)|sist oppdatert)",
    re.IGNORECASE,
)


def is_stamp(sentence: str) -> bool:
    """Return whether a sentence states when the page was updated, and little else: "Last updated: 5 January 2021, 08:30"."""
    return len(sentence.split()) <= _MOST_WORDS and _STAMP.search(sentence) is not None
