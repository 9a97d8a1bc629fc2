from __future__ import annotations

from alerts.channel_rotation import Rotation
from alerts.model import DueChannel


def due(*names, failing=()):
    return [DueChannel(name, int(name in failing)) for name in names]


def take_all(rotation):
    names = []
    while (channel := rotation.take()) is not None:
        names.append(channel.name)
    return names


def test_a_channel_has_one_place_at_most():
    rotation = Rotation(4)
    rotation.offer(due("desk"))
    assert take_all(rotation) == ["desk"]
    rotation.offer(due("desk"))
    assert take_all(rotation) == []
    rotation.done("desk", slow=False)
    rotation.offer(due("desk"))
    assert take_all(rotation) == ["desk"]


def test_no_more_channels_are_served_than_there_are_places():
    rotation = Rotation(3)
    rotation.offer(due("a", "b", "c", "d"))
    assert take_all(rotation) == ["a", "b", "c"]
    rotation.done("b", slow=False)
    assert take_all(rotation) == ["d"]


def test_the_channel_that_waited_longest_is_next():
    rotation = Rotation(1)
    served = []
    for _ in range(9):
        rotation.offer(due("a", "b", "c"))
        served += take_all(rotation)
        rotation.done(served[-1], slow=False)
    assert served == ["a", "b", "c"] * 3


def test_one_that_has_more_to_send_waits_behind_the_others():
    rotation = Rotation(1)
    rotation.offer(due("a", "b"))
    served = []
    for _ in range(4):
        channel = rotation.take()
        served.append(channel.name)
        rotation.done(channel.name, slow=False, again=channel)
    assert served == ["a", "b", "a", "b"]


def test_failing_channels_get_half_of_the_places():
    rotation = Rotation(8)
    names = [f"hangs {number}" for number in range(20)]
    rotation.offer([*due(*names, failing=names), *due("works")])
    assert take_all(rotation) == ["works", *sorted(names)[:4]]


def test_channels_that_were_slow_get_half_of_the_places_until_they_are_quick_again():
    rotation = Rotation(4)
    names = [f"slow {number}" for number in range(4)]
    rotation.offer(due(*names))
    for name in take_all(rotation):
        rotation.done(name, slow=True)
    rotation.offer(due(*names, "works"))
    assert take_all(rotation) == ["works", *names[:2]]
    for name in names[:2]:
        rotation.done(name, slow=False)
    rotation.offer(due(*names))
    assert take_all(rotation) == [*names[2:], names[0]], "one place is still taken"


def test_failing_channels_are_served_in_turn_beside_those_that_always_have_something():
    rotation = Rotation(2)
    served = []
    for _ in range(12):
        rotation.offer(due("a", "b", "fails 1", "fails 2", failing=("fails 1", "fails 2")))
        now = take_all(rotation)
        served += now
        for name in now:
            rotation.done(name, slow=name.startswith("fails"))
    counts = {name: served.count(name) for name in ("a", "b", "fails 1", "fails 2")}
    assert min(counts.values()) >= 5, counts


def test_with_a_single_place_a_failing_channel_gets_its_turn_too():
    rotation = Rotation(1)
    served = []
    for _ in range(4):
        rotation.offer(due("fails", "works", failing=("fails",)))
        served += take_all(rotation)
        rotation.done(served[-1], slow=False)
    assert served == ["works", "fails"] * 2


def test_names_that_are_not_due_any_more_are_forgotten():
    rotation = Rotation(1)
    for number in range(5000):
        rotation.offer(due(f"channel {number}"))
        rotation.take()
        rotation.done(f"channel {number}", slow=True)
    assert len(rotation._served) < 1100
    assert len(rotation._slow) < 1100
