"""Draws authored pages as their servers show them beside their replays: `python docs/images/draw_fidelity.py FILE` writes fidelity.png with Chromium.

The pages are those of tests/pagewitness/replay/fidelity, which compares all of them; it is run in the folder of the repository.
"""  # noqa: INP001

from __future__ import annotations

import base64
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

NAMES = ("shop.example", "news.example", "gallery.example", "data.example", "akhbar.example", "metrics.example")
"""The hosts of the pages that are drawn."""
_STYLE = (
    "body{margin:0;width:1200px;font:14px sans-serif;display:grid;grid-template-columns:1fr 1fr;gap:8px}"
    "figure{margin:0}figcaption{grid-column:span 2}figure{display:grid;grid-template-columns:1fr 1fr}"
    "img{width:100%;box-sizing:border-box;border:1px solid #888}"
)


def sheet(pictures: Iterable[tuple[str, bytes, bytes]]) -> str:
    """Return an HTML page of pictures: (name, PNG of the original, PNG of the replay)."""
    figures = (
        f"<figure><figcaption>{name}: original, replay</figcaption>{_image(original)}{_image(replay)}</figure>"
        for name, original, replay in pictures
    )
    return f"<!doctype html><meta charset='utf-8'><style>{_STYLE}</style>{''.join(figures)}"


def _image(png: bytes) -> str:
    return f"<img alt='' src='data:image/png;base64,{base64.b64encode(png).decode('ascii')}'>"


def main(file: Path) -> None:
    """Archive and render the pages, and write the picture."""
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from tests.pagewitness.replay.fidelity.rendered import rendered_pages  # noqa: PLC0415 (needs the path)

    with tempfile.TemporaryDirectory() as folder, rendered_pages(Path(folder)) as fidelity:
        shown = [(name, *(fidelity.both(f"http://{name}/"))) for name in NAMES]
        page = Path(folder) / "sheet.html"
        page.write_text(sheet(shown), encoding="utf-8")
        (tab,) = fidelity.browser.open([page.as_uri()])
        file.write_bytes(tab.screenshot())
        tab.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
