"""Dates that state when the page was updated are noise; a date that another noun names is a statement."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.diff.compare import compare
from monitor.diff.elapsed import SnapshotTimes
from monitor.model import Level, NoiseReason
from tests.monitor.diff.test_day_counters import page

MAY = datetime(2021, 5, 10, 9, 13, tzinfo=UTC)
TIMES = SnapshotTimes(MAY, MAY + timedelta(days=3))


@pytest.mark.parametrize(
    ("before", "after", "language"),
    [
        ("Last updated: 5 May 2021", "Last updated: 12 May 2021", "en"),
        ("This page was last updated on Wednesday, 5 May 2021 at 08:30.", "This page was last updated on Wednesday, 12 May 2021 at 09:12.", "en"),
        ("Page content last modified by Ann Lee on 5 May 2021", "Page content last modified by Ann Lee on 12 May 2021", "en"),
        ("Harbour figures last updated 5 May 2021", "Harbour figures last updated 12 May 2021", "en"),
        ("Letzte Aktualisierung dieser Seite: 5. Mai 2021", "Letzte Aktualisierung dieser Seite: 12. Mai 2021", "de"),
        ("Zuletzt geändert von Ute Kranz am 5. Mai 2021", "Zuletzt geändert von Ute Kranz am 12. Mai 2021", "de"),
        ("Dernière mise à jour de la page le 5 mai 2021", "Dernière mise à jour de la page le 12 mai 2021", "fr"),
        ("Última actualización de la página: 5 de mayo de 2021", "Última actualización de la página: 12 de mayo de 2021", "es"),
        ("Ultimo aggiornamento della pagina: 5 maggio 2021", "Ultimo aggiornamento della pagina: 12 maggio 2021", "it"),
        ("Laatst bijgewerkt op 5 mei 2021", "Laatst bijgewerkt op 12 mei 2021", "nl"),
        ("Última modificação em 5 de maio de 2021", "Última modificação em 12 de maio de 2021", "pt"),
        ("Senast uppdaterad den 5 maj 2021", "Senast uppdaterad den 12 maj 2021", "sv"),
        ("Ostatnia aktualizacja strony: 5 maja 2021", "Ostatnia aktualizacja strony: 12 maja 2021", "pl"),
        ("Последнее обновление страницы: 5 мая 2021", "Последнее обновление страницы: 12 мая 2021", "ru"),
        ("最終更新日：2021年5月5日", "最終更新日：2021年5月12日", "ja"),
        ("更新时间：2021年5月5日", "更新时间：2021年5月12日", "zh"),
        ("최종 수정일: 2021년 5월 5일", "최종 수정일: 2021년 5월 12일", "ko"),
    ],
)  # fmt: skip
def test_when_the_page_was_updated_is_noise(before, after, language):
    (change,) = compare(page(before, language=language), page(after, language=language), TIMES)
    assert (change.level, change.detail["noise"]) == (Level.NOISE, NoiseReason.PAGE_UPDATED)


@pytest.mark.parametrize(
    ("before", "after", "language"),
    [
        ("Last revised deadline for claims: 1 May", "Last revised deadline for claims: 1 June", "en"),
        ("Last changed date of the hearing: 1 May 2021", "Last changed date of the hearing: 11 May 2021", "en"),
        ("Fees are updated on 1 July 2021", "Fees are updated on 1 August 2021", "en"),
        ("Zuletzt geänderte Frist für Anträge: 1. Mai 2021", "Zuletzt geänderte Frist für Anträge: 11. Mai 2021", "de"),
        ("Dernière modification du délai de recours : 1 mai 2021", "Dernière modification du délai de recours : 11 mai 2021", "fr"),
        ("Última revisión del plazo de solicitud: 1 de mayo de 2021", "Última revisión del plazo de solicitud: 11 de mayo de 2021", "es"),
        ("Ultima modifica della scadenza: 1 maggio 2021", "Ultima modifica della scadenza: 11 maggio 2021", "it"),
        ("Laatst gewijzigde uiterste datum: 1 mei 2021", "Laatst gewijzigde uiterste datum: 11 mei 2021", "nl"),
        ("Última atualização do prazo: 1 de maio de 2021", "Última atualização do prazo: 11 de maio de 2021", "pt"),
    ],
)  # fmt: skip
def test_a_date_with_another_noun_is_reported(before, after, language):
    (change,) = compare(page(before, language=language), page(after, language=language), TIMES)
    assert change.level is not Level.NOISE


def test_no_page_was_updated_in_the_future():
    before, after = page("Prices updated on 5 May 2021"), page("Prices updated on 1 June 2021")
    (change,) = compare(before, after, TIMES)
    assert change.level is Level.TEXT
    (change,) = compare(before, after)
    assert change.level is Level.NOISE
