"""The `rules` commands: list them, and count what they would have sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from alerts.model import RecordedEvent, Rule
from alerts.rule_statistics import WeekCount, count_by_week
from alerts.rules import DEFAULT_KINDS
from monitor.errors import ConfigurationError
from monitor.model import JsonValue
from monitor.times import iso_utc
from pagewitness.cli.common import app_on, parse_time
from pagewitness.cli.output import err, print_json, print_table, progress_bar, render_cell
from pagewitness.validation_messages import near
from pagewitness.watchlist import loader
from rendering.sentences import summary
from rendering.times import counted, duration
from storage.queries.alert_history import AlertHistory

_LIMITS = ("levels", "pages", "tags", "hosts", "facts", "under", "when_text", "step", "direction", "above", "below")


def list_rules(*, json: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.rules.list_rules`."""
    with app_on(db) as parts:
        stored = [row for row in AlertHistory(parts.database).rules() if row.retired_at is None]
        usable = [row.rule for row in stored if isinstance(row.rule, Rule)]
        broken = [row.rule for row in stored if not isinstance(row.rule, Rule)]
        if json:
            print_json(map(_rule_json, usable))
        else:
            print_table(
                ["rule", "events", "limited to", "to", "when"],
                [(rule.name, _kinds(rule), _limits(_rule_json(rule)), rule.to, _when(rule)) for rule in usable],
                empty="no rule is declared",
            )
        for declared in broken:
            err.print(f"rule {declared.name} cannot be used: {declared.problem}; apply the watchlist again")


def test(*, file: Path | None, since: str | None, name: str | None, json: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.rules.test`."""
    begin = None if since is None else parse_time(since)
    declared = None if file is None else loader.load(file)
    with app_on(db) as parts:
        rules = _named(parts.outbox.rules() if declared is None else declared.rules, name)
        # A file that is not applied may give other tags to the pages.
        tags = {} if declared is None else {page.url: page.tags for page in declared.pages}
        total = parts.history.event_count(begin)
        with progress_bar() as bar:
            task = bar.add_task("testing rules", total=total)

            def counted_events() -> Iterator[RecordedEvent]:
                for recorded in parts.history.events(since=begin):
                    yield (
                        recorded
                        if recorded.page_url not in tags
                        else replace(recorded, page_tags=tags[recorded.page_url])
                    )
                    bar.advance(task)

            # Few, whatever the length of the history: one row per week, rule and channel.
            weeks = list(count_by_week(counted_events(), rules, lru_cache(maxsize=1)(parts.outbox.text_of)))
        if json:
            print_json(map(_week_json, weeks))
        else:
            print_table(
                ["week from", "rule", "channel", "events", "messages", "examples"],
                (
                    (week.week.isoformat(), week.rule, week.channel, week.events, week.messages, _examples(week))
                    for week in weeks
                ),
                empty="no rule would have sent anything",
            )
        err.print(_total(weeks, rules, total, begin))


def _named(rules: Sequence[Rule], name: str | None) -> list[Rule]:
    """Return the rule of a name, or all.

    Raises:
        ConfigurationError: There is no rule, or none of this name.
    """
    if not rules:
        raise ConfigurationError("no rule is declared; `pagewitness apply WATCHLIST`, or name a watchlist")
    names = [rule.name for rule in rules]
    if name is not None and name not in names:
        raise ConfigurationError(f"there is no rule {name!r}{near(name, names)}; declared: {', '.join(names)}")
    return [rule for rule in rules if name in (None, rule.name)]


def _rule_json(rule: Rule) -> dict[str, JsonValue]:
    return {
        "rule": rule.name,
        "events": sorted(kind.value for kind in rule.events),
        "to": list(rule.to),
        "levels": sorted(level.value for level in rule.levels),
        "pages": list(rule.pages),
        "tags": list(rule.tags),
        "hosts": list(rule.hosts),
        "facts": list(rule.facts),
        "under": list(rule.under),
        "when_text": None
        if rule.when_text is None
        else {"present": rule.when_text.present, "absent": rule.when_text.absent},
        "step": None if rule.step is None else str(rule.step),
        "direction": None if rule.direction is None else rule.direction.value,
        "above": rule.above,
        "below": rule.below,
        "digest": None if rule.digest is None else str(rule.digest),
        "debounce_seconds": None if rule.debounce is None else rule.debounce.total_seconds(),
        "delay_facts": rule.delay_facts,
        "paused_until": None if rule.paused_until is None else iso_utc(rule.paused_until),
    }


def _kinds(rule: Rule) -> str:
    return "all but page_new" if rule.events == DEFAULT_KINDS else ", ".join(sorted(rule.events))


def _limits(row: Mapping[str, JsonValue]) -> str:
    given = {name: row[name] for name in _LIMITS if row[name] not in (None, [])}
    return "; ".join(f"{name} {_limit(value)}" for name, value in given.items())


def _limit(value: JsonValue) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items() if part is not None)
    return ", ".join(value) if isinstance(value, list) else str(value)


def _when(rule: Rule) -> str:
    """Return when the messages of a rule are sent; "" for at once."""
    parts = [
        *([f"paused until {render_cell(rule.paused_until)}"] if rule.paused_until is not None else []),
        *([f"digest {rule.digest}"] if rule.digest is not None else []),
        *([f"{duration(int(rule.debounce.total_seconds()))} after the first"] if rule.debounce is not None else []),
        *(["facts delayed, too"] if rule.delay_facts else []),
    ]
    return "; ".join(parts)


def _week_json(week: WeekCount) -> dict[str, JsonValue]:
    return {
        "week": week.week.isoformat(),
        "rule": week.rule,
        "channel": week.channel,
        "events": week.events,
        "messages": week.messages,
        "examples": [
            {
                "at": iso_utc(recorded.event.snapshot.taken_at),
                "url": recorded.page_url,
                "kind": recorded.event.change.kind.value,
                "level": recorded.event.change.level.value,
                "summary": summary(recorded.event.change),
            }
            for recorded in week.examples
        ],
    }


def _examples(week: WeekCount) -> str:
    return " · ".join(summary(recorded.event.change) for recorded in week.examples)


def _total(weeks: Sequence[WeekCount], rules: Sequence[Rule], total: int, begin: datetime | None) -> str:
    since = "" if begin is None else f" since {begin:%Y-%m-%d %H:%M} UTC"
    alerts = counted(sum(week.events for week in weeks), "alert")
    messages = counted(sum(week.messages for week in weeks), "message")
    tested = f"{counted(total, 'event')}{since}; {counted(len(rules), 'rule')}"
    return f"{tested} would have planned {alerts} in {messages}; nothing was sent"
