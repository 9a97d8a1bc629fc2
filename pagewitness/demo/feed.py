"""Content that varies without an edit: a feed, counters, nonces, "3 days ago". It is derived from a key, without randomness."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from pagewitness.demo.prose import NEWS

# The figures count members, partners and nations in other contexts: a monitor that extracts facts from feeds reports them wrongly.
_POSTS = (
    "Twelve nations sent deminers to this week's course in Erbil. Safe hands, safe fields.",
    "Rebuilding is teamwork: 30 partners from the building trade met the governor of Nineveh today.",
    "“I can hear the school bell again.” A mother in Tal Afar tells her story.",
    "The town council of Sinjar has 65 members, and half of them are under forty.",
    "Clean water reaches 140,000 people in Raqqa since the pumps were repaired.",
    "Radio Al-Ghad is back on air. Tune in at 7 pm.",
    "Every forged passport that is found is one journey fewer. #BorderWork",
    "A new season of our podcast starts on Sunday, with 8 episodes.",
    "Thank you to the 19 nations whose nurses taught in Mosul this year.",
    "Old songs, young voices: the choir of Qaraqosh sang to a full house.",
    "Prosecutors from three continents compared case files in The Hague.",
    "The market of Fallujah counts 400 traders again, the fishmongers first among them.",
)
_HANDLES = ("Coalition", "RebuildMosul", "NinevehVoices", "DeminingNow", "BorderWork")
_POSTS_SHOWN = 5
_NEWS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Post:
    """One item of the feed.

    Attributes:
        handle: The author, without the at sign.
        text: The text.
        ago: The age, as the page words it.
        likes: The value of its counter.
    """

    handle: str
    text: str
    ago: str
    likes: int


@dataclass(frozen=True, slots=True)
class Story:
    """One card of the latest news."""

    title: str
    excerpt: str
    ago: str


@dataclass(frozen=True, slots=True)
class Noise:
    """Numbers and tokens that look random but are derived from `key` alone."""

    key: str

    def hex(self, label: str, length: int = 10) -> str:
        """Return `length` hex digits, 64 at most."""
        return hashlib.sha256(f"{self.key}/{label}".encode()).hexdigest()[:length]

    def number(self, label: str, low: int, high: int) -> int:
        """Return a number from low to high, both included."""
        return low + int(self.hex(label, 12), 16) % (high - low + 1)

    def ago(self, label: str) -> str:
        """Return an age, such as "3 hours ago" or "5 days ago"."""
        unit = ("hours", "days")[self.number(f"{label} unit", 0, 1)]
        return f"{self.number(label, 2, 6)} {unit} ago"


def posts(noise: Noise) -> list[Post]:
    """Return five consecutive posts, starting at a position that depends on the key."""
    first = noise.number("feed", 0, len(_POSTS) - 1)
    return [_post(noise, (first + step) % len(_POSTS)) for step in range(_POSTS_SHOWN)]


def _post(noise: Noise, index: int) -> Post:
    label = f"post {index}"
    return Post(
        _HANDLES[index % len(_HANDLES)], _POSTS[index], noise.ago(label), noise.number(f"{label} likes", 3, 900)
    )


def stories(noise: Noise, month: int) -> list[Story]:
    """Return three news cards; they change with each `month`, a running number."""
    chosen = [NEWS[(month + step) % len(NEWS)] for step in range(_NEWS_SHOWN)]
    return [Story(title, excerpt, noise.ago(title)) for title, excerpt in chosen]
