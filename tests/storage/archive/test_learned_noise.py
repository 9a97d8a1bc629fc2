"""Learned noise in the database: what is stored is what is read, also of states that were stored before labels and times were learned."""

from __future__ import annotations

import json

from monitor.model import ChangeFrequency, LearnedNoise, RecurringLabel
from storage.archive import rows

SPOT = ChangeFrequency(7, 0b1011, 0b1, noisy=True, known=True, time=1_770_000_000)
LEARNED = LearnedNoise("2", 3, {"a1": SPOT}, 86_400, {"b2": RecurringLabel(3, 1_770_000_000)})


def test_learned_noise_is_read_as_it_was_stored():
    assert rows.noise(json.loads(json.dumps(rows.noise_value(LEARNED)))) == LEARNED


def test_a_state_without_labels_and_times_is_still_usable():
    assert rows.noise({"code": "2", "missed": 0, "spots": {"a1": [7, 11]}}) == LearnedNoise(
        "2", spots={"a1": ChangeFrequency(7, 11)}
    )
