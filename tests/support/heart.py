"""What the tests of the heart are made of: pages, snapshots, and readings of them, without a server or a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.facts.fact_reader import read
from monitor.facts.mentions import read_blocks
from monitor.model import (
    Block,
    BlockKind,
    FactDefinition,
    FactKind,
    Mention,
    Origin,
    Outcome,
    ParserVersion,
    Snapshot,
    Version,
    facts_digest,
)

DAY_ONE = datetime(2024, 3, 1, 9, tzinfo=UTC)
MEMBERS = FactDefinition("member_count", FactKind.COUNT_OF, ("members", "partners", "member countries", "nations"))


def content(*texts: str) -> tuple[Block, ...]:
    """Content blocks of these texts."""
    return tuple(Block(BlockKind.CONTENT, text, "test") for text in texts)


def block(kind: BlockKind, text: str) -> Block:
    """One block of a kind."""
    return Block(kind, text, "test")


def mentions(text: str, language: str | None = "en") -> tuple[Mention, ...]:
    """The mentions of one content block."""
    return read_blocks(content(text), language)


def version(*blocks: Block | str, facts: tuple[FactDefinition, ...] = (MEMBERS,), language: str = "en") -> Version:
    """A version of these blocks; a string denotes a content block."""
    made = tuple(part if isinstance(part, Block) else block(BlockKind.CONTENT, part) for part in blocks)
    found = read_blocks(made, language)
    return Version(
        reader=ParserVersion("test", facts_digest(facts)),
        title="A page",
        language=language,
        blocks=made,
        mentions=found,
        readings=tuple(read(fact, made, found) for fact in facts),
    )


def snapshot(number: int = 1, *, status: int | None = 200, content_type: str | None = "text/html") -> Snapshot:
    """The `number`-th check of a page, a day after the one before."""
    return Snapshot(
        id=number,
        page_id=1,
        seq=number,
        taken_at=DAY_ONE + timedelta(days=number - 1),
        origin=Origin.LIVE,
        outcome=Outcome.FULL,
        status=status,
        final_url="https://pact.example/",
        content_type=content_type,
        body_sha256="0" * 64,
        truncated=None,
        repeats_id=None,
        verdict=None,
        verdict_reason="",
        version_id=None,
        read_at=None,
    )
