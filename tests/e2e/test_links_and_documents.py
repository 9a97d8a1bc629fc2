"""Where a link leads, and a file whose bytes change: watched, mailed, listed, compared and kept, on both databases."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.e2e.command import html, pagewitness
from tests.support.receivers import Mailbox
from tests.support.sites import Site
from tests.support.watchlists import alert_tables


def text(href: str) -> str:
    return html(
        "The members of the pact meet at the harbour once a year and agree on the lights and the ferries.",
        f"Whoever wants to know more reads <a href='{href}'>the report of the clerk</a> in the tower.",
        title="The pact",
    )


def test_they_are_reported_with_both_addresses_and_both_digests(
    database_url: str, tmp_path: Path, site: Site, mailbox: Mailbox
):
    page = site.serve("/", text("/report?utm_source=front"))
    file = site.serve("/map.pdf", b"%PDF-1.7 one", content_type="application/pdf")
    watchlist = tmp_path / "watchlist.toml"
    pages = "".join(f'\n[[page]]\nurl = "{url}"\nevery = "1h"\nallow_private = true\n' for url in (page, file))
    watchlist.write_text(pages + alert_tables(mailbox.port, events=("text_changed",)))
    pagewitness("apply", watchlist, db=database_url)
    assert pagewitness("check", db=database_url).code == 0
    site.serve("/", text("/report?utm_source=side"))
    assert pagewitness("check", db=database_url).code == 0
    assert pagewitness("changes", "--json", db=database_url).rows == []

    site.serve("/", text("https://elsewhere.example/report"))
    site.serve("/map.pdf", b"%PDF-1.7 three", content_type="application/pdf")
    assert pagewitness("check", db=database_url).code == 0
    reported = {row["url"]: row for row in pagewitness("changes", "--json", db=database_url).rows}
    assert [(row["kind"], row["level"]) for row in reported.values()] == [("text_changed", "text")] * 2
    assert (reported[page]["before"], reported[page]["after"]) == (
        site.url("/report"),
        "https://elsewhere.example/report",
    )
    digests = [hashlib.sha256(body).hexdigest() for body in (b"%PDF-1.7 one", b"%PDF-1.7 three")]
    assert [reported[file]["before"], reported[file]["after"]] == digests

    mails = {mail["Subject"]: mail.get_body(("plain",)).get_content() for mail in mailbox.messages}
    assert len(mails) == 2
    linked = next(body for subject, body in mails.items() if "target of the link" in subject)
    assert site.url("/report") in linked
    assert "https://elsewhere.example/report" in linked
    assert "the report of the clerk" in linked
    document = next(body for subject, body in mails.items() if "document changed" in subject)
    assert all(digest in document for digest in digests)

    assert "target of the link" in pagewitness("diff", page, db=database_url).out
    compared = pagewitness("diff", file, db=database_url)
    assert all(digest in compared.out for digest in digests)
    assert digests[1] in pagewitness("show", file, db=database_url).out
