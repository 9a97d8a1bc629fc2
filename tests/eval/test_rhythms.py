"""Histories in a rhythm: made alike for one seed, and the monitor reports what is due and nothing else."""

from __future__ import annotations

from eval.generated import rhythms


def test_the_same_seed_makes_the_same_histories():
    assert list(rhythms.histories(3)) == list(rhythms.histories(3))
    assert list(rhythms.histories(3)) != list(rhythms.histories(4))


def test_every_kind_comes_in_every_language_and_at_every_interval():
    made = [(kind, language, interval) for kind, language, interval, _ in rhythms.histories(1)]
    kinds, languages = {kind for kind, *_ in made}, {language for _, language, _ in made}
    assert len(set(made)) == len(kinds) * len(languages) * len(rhythms.INTERVALS)


def test_what_is_due_is_reported_and_nothing_else():
    for kind, tally in rhythms.measure(5).items():
        assert tally.found >= rhythms.RECALL * tally.due, kind
        assert tally.kept >= rhythms.QUIET * tally.silent, kind
