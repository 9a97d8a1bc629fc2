"""Converts jobs of another tool to pages of a watchlist, and lists what does not carry over. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from monitor.limits import cut
from pagewitness.importing.tools.model import Job
from pagewitness.page_lists.model import PageEntry
from pagewitness.validation_messages import escaped_line, explain
from pagewitness.watchlist.bounds import text_fault
from pagewitness.watchlist.page_tables import PageSettings, PageTable
from pagewitness.watchlist.writing import toml_value

_LONGEST_LINE = 500
_LONGEST_NAME = 80
_PRIVATE = "is on a private or loopback address; declare it with allow_private = true if that is meant"
_SECRET = frozenset({"headers", "cookies", "basic_auth"})


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a watchlist that was a job of another tool.

    Attributes:
        entry: Its URL and settings.
        notes: One line for each part of the job that does not carry over.
    """

    entry: PageEntry
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Converted:
    """The result of converting the jobs of another tool.

    Attributes:
        pages: The pages, each URL once.
        left_out: One line for each job that has no page, with the reason.
        private: The pages on private addresses, each URL once. Only a user can allow them, so they are comments in the watchlist.
    """

    pages: tuple[Page, ...]
    left_out: tuple[str, ...]
    private: tuple[Page, ...] = ()

    def report(self) -> Iterator[str]:
        """Yield one line for each part of a job that does not carry over."""
        for page in self.pages:
            name = page.entry.settings.get("label") or page.entry.url
            for note in page.notes:
                yield _line(f"{page.entry.place} ({cut(str(name), _LONGEST_NAME)}): not carried over: {note}")
        for page in self.private:
            yield _line(f"{page.entry.place}: not carried over: {page.entry.url} {_PRIVATE}")
        yield from self.left_out


def convert(jobs: Iterable[Job]) -> Converted:
    """Return the pages of jobs. Settings that no page can have are noted, jobs that no page can replace are left out."""
    pages: dict[str, Page] = {}
    private: dict[str, Page] = {}
    left_out: list[str] = []
    for job in jobs:
        url = None if job.refused else _validated(job)
        known = private if job.is_private else pages
        if url is not None and url in known:
            job.refused = f"it is the same page as {known[url].entry.place}"
        if url is None or job.refused:
            left_out.append(_left_out(job))
        else:
            known[url] = Page(PageEntry(job.place, url, job.settings), tuple(job.notes))
    return Converted(tuple(pages.values()), tuple(left_out), tuple(private.values()))


def to_toml(converted: Converted, source: str) -> str:
    """Return a watchlist with the pages; what does not carry over is a comment in its table."""
    lines = [_comment(f"Converted from {source}: {len(converted.pages):,} pages.")]
    lines += [_comment(f"left out: {line}") for line in converted.left_out]
    for page in converted.pages:
        lines += ["", "[[page]]", *_table(page)]
    for page in converted.private:
        table = ["[[page]]", *_table(page, "allow_private = true")]
        lines += ["", _comment(f"not carried over: {page.entry.url} {_PRIVATE}"), *(f"# {line}" for line in table)]
    return "\n".join(lines) + "\n"


def _table(page: Page, *more: str) -> Iterator[str]:
    yield _comment(page.entry.place)
    yield f"url = {toml_value(page.entry.url)}"
    yield from more
    yield from (f"{key} = {toml_value(value)}" for key, value in page.entry.settings.items())
    yield from (_comment(f"not carried over: {note}") for note in page.notes)


def _validated(job: Job) -> str | None:
    """Validate a job like a page, removing settings that are invalid, and return its normalised URL; None if it cannot be a page."""
    _remove_unusable_texts(job)
    for _ in range(len(job.settings) + 2):
        try:
            table = PageTable.model_validate({"url": job.url, **job.settings, "allow_private": job.is_private})
            PageSettings.model_validate(
                {key: value for key, value in job.settings.items() if key in PageSettings.model_fields}
            )
        except ValidationError as error:
            if not _removed(job, error):
                return None
        else:
            return table.url
    return None


def _removed(job: Job, error: ValidationError) -> bool:
    """Remove the settings that an error is about; return whether that may suffice. Otherwise the job is refused."""
    faults = {str(fault["loc"][0]) if fault["loc"] else "": fault for fault in reversed(error.errors())}
    beyond = next((fault for key, fault in faults.items() if key not in job.settings), None)
    if beyond is not None and beyond["loc"][:1] == ("allow_private",) and not job.is_private:
        job.is_private = True
        return True
    if beyond is not None:
        job.refused = explain(beyond)
        return False
    for key, fault in faults.items():
        del job.settings[key]
        job.notes.append(f"{key}: {explain(fault, secret=key in _SECRET)}")
    return True


def _remove_unusable_texts(job: Job) -> None:
    for key, value in list(job.settings.items()):
        texts = [value] if isinstance(value, str) else [*value.items()] if isinstance(value, dict) else []
        flat = [text for item in texts for text in (item if isinstance(item, tuple) else (item,))]
        fault = next((fault for text in flat if isinstance(text, str) and (fault := text_fault(text))), None)
        if fault is not None:
            del job.settings[key]
            job.notes.append(f"{key}: {fault}")


def _left_out(job: Job) -> str:
    name = job.settings.get("label") or job.url
    named = f" ({cut(str(name), _LONGEST_NAME)})" if name else ""
    return _line(f"{job.place}{named}: left out: {'; '.join([job.refused, *job.notes])}")


def _line(text: str) -> str:
    return escaped_line(cut(text, _LONGEST_LINE))


def _comment(text: str) -> str:
    return f"# {_line(text)}"
