# ruff: noqa: PLC0415 (the modules that do the work are slow to import)
"""The commands that fill, copy, check and erase the archive: import, export, reprocess, backup, restore, move, forget, verify. Declarations only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.errors import ConfigurationError
from pagewitness.cli.options import AllowDamage, Db, Json


def import_pages(
    places: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR|FILE...",
            help="A folder with a manifest.jsonl, such a file, or a WARC, ARC or WACZ file, also gzipped.",
        ),
    ],
    exchanges_only: Annotated[
        bool,
        typer.Option(
            "--exchanges-only", help="From WARC files: add no pages; what belongs to none is archived for replay only."
        ),
    ] = False,
    tool: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="TOOL",
            help="Convert the configuration of another tool to a watchlist instead: changedetection.io, urlwatch, webchanges or distill.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT", help="With --from: where to write it; else stdout.")
    ] = None,
    add: Annotated[bool, typer.Option("--add", help="With --from: add its pages to the database.")] = False,
    db: Db = None,
) -> None:
    """Import saved pages, oldest first, or web archives. Each line of a manifest has "url", "date" and "file". Imported pages send no alerts."""
    if tool is not None:
        from pagewitness.cli import import_tool

        import_tool.import_tool(tool=tool, places=places, output=output, add=add, db=db)
        return
    if output is not None or add:
        raise ConfigurationError("--output and --add belong to --from")
    from pagewitness.cli import import_pages

    import_pages.import_pages(places=places, exchanges_only=exchanges_only, db=db)


def export(
    pages: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PAGE]...", help="Only these pages, by URL or label; else everything."),
    ] = None,
    warc: Annotated[
        Path | None,
        typer.Option("--warc", metavar="FILE", help="Write a WARC/1.1 file: FILE.warc.gz, FILE.warc, or - for stdout."),
    ] = None,
    tag: Annotated[str | None, typer.Option(help="Only pages with this tag.")] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Only what was archived from then on.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Only what was archived before.")] = None,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only snapshots with a new version, and their requisites.")
    ] = False,
    requisites: Annotated[
        bool,
        typer.Option("--requisites/--no-requisites", help="Whether the pages' images, style sheets … are included."),
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")] = False,
    db: Db = None,
) -> None:
    """Write archived exchanges to a web archive file. The file gets its name when it is complete. Exits 1 if something damaged was left out."""
    if warc is None:
        raise ConfigurationError("say what to write: export --warc FILE")
    from pagewitness.cli import export

    damaged = export.export(
        warc=warc,
        pages=pages or [],
        tag=tag,
        since=since,
        until=until,
        changed=changed,
        requisites=requisites,
        force=force,
        db=db,
    )
    if damaged:
        raise typer.Exit(1)


def reprocess(
    urls: Annotated[list[str] | None, typer.Argument(metavar="[URL]...")] = None,
    what_if: Annotated[
        Path | None,
        typer.Option(
            metavar="WATCHLIST",
            help="Change nothing; show the alerts that its facts and rules would have sent for all stored snapshots.",
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also pages that were read by this version with these facts already.")
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="How many processes share the pages.")] = 1,
    search_index: Annotated[
        bool, typer.Option("--search-index", help="Only make the search index again, from the stored versions.")
    ] = False,
    json: Json = False,
    db: Db = None,
) -> None:
    """Reprocess all stored snapshots and rebuild each page's history. Sends no alerts; can be interrupted and run again. Exits 1 if a page failed."""
    from pagewitness.cli import reprocess

    if search_index:
        reprocess.index_again(urls=urls, db=db)
        return
    reprocess.reprocess(urls=urls, what_if=what_if, everything=everything, jobs=jobs, json=json, db=db)


def backup(
    file: Path,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")] = False,
    pg_dump: Annotated[
        bool, typer.Option("--pg-dump", help="Write PostgreSQL's own format, by pg_dump; pg_restore reads it.")
    ] = False,
    db: Db = None,
) -> None:
    """Write the whole database to one new file. Verifies it, and prints what it contains. The service may run meanwhile."""
    from pagewitness.cli import maintenance

    maintenance.backup(file=file, force=force, pg_dump=pg_dump, db=db)


def restore(file: Path, allow_damage: AllowDamage = False, db: Db = None) -> None:
    """Restore a backup into an empty database after verifying all of it. The backup file is not changed."""
    from pagewitness.cli import maintenance

    maintenance.restore(file=file, allow_damage=allow_damage, db=db)


def move(
    source: Annotated[str, typer.Argument(metavar="FROM", help="sqlite:///FILE or postgresql://…; it is only read.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="A new or empty database.")],
    force: Annotated[
        bool, typer.Option("--force", help="Go on though a service uses FROM; what it still does is left behind.")
    ] = False,
    allow_damage: AllowDamage = False,
) -> None:
    """Copy everything to another database, from SQLite to PostgreSQL or back, after verifying all of it; then compare the copy."""
    from pagewitness.cli import maintenance

    maintenance.move(source=source, target=target, force=force, allow_damage=allow_damage)


def forget(
    url: str,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the tombstone that stays.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it. Without, only what would go is shown.")] = False,
    db: Db = None,
) -> None:
    """Remove a page's content permanently; a tombstone with dates and digests stays. Without --yes, only shows what would be removed."""
    from pagewitness.cli import maintenance

    maintenance.forget(url=url, reason=reason, yes=yes, db=db)


def verify(
    sample: Annotated[
        float,
        typer.Option(
            "--sample", metavar="SHARE", help="Check this share of bodies and versions, chosen by chance: 0.05."
        ),
    ] = 1.0,
    processes: Annotated[
        int | None,
        typer.Option("--processes", min=1, max=64, help="How many to use; else as many as the machine has, up to 4."),
    ] = None,
    json: Json = False,
    db: Db = None,
) -> None:
    """Verify every body against its SHA-256, and all versions, references and the database. Prints a line for each error; exits 1 if there is one."""
    from pagewitness.cli import verify

    verify.verify(sample=sample, processes=processes, json=json, db=db)
