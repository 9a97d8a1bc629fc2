"""Run by the Python of an environment with pywb, not by ours: replays one page from a WARC file and prints CPU milliseconds as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any


def _write_warc(path: Path, url: str, stamp: str, kind: str, body: bytes) -> None:
    from warcio.statusandheaders import StatusAndHeaders  # noqa: PLC0415
    from warcio.warcwriter import WARCWriter  # noqa: PLC0415

    date = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[8:10]}:{stamp[10:12]}:{stamp[12:14]}Z"
    headers = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
    with path.open("wb") as output:
        writer = WARCWriter(output, gzip=True)
        record = writer.create_warc_record(
            url, "response", payload=BytesIO(body), http_headers=headers, warc_headers_dict={"WARC-Date": date}
        )
        writer.write_record(record)


def _request(app: Any, path: str) -> tuple[str, bytes]:
    answered: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "REQUEST_URI": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
    }
    content = app(environ, lambda status, _headers, _error=None: answered.append(status))
    body = b"".join(content)
    if hasattr(content, "close"):
        content.close()
    return answered[0], body


def main() -> None:
    folder, url, stamp, kind, rounds = Path(sys.argv[1]), *sys.argv[2:5], int(sys.argv[5])
    body = (folder / "page.html").read_bytes()
    _write_warc(folder / "page.warc.gz", url, stamp, kind, body)
    manager = str(Path(sys.executable).with_name("wb-manager"))
    for words in (["init", "bench"], ["add", "bench", str(folder / "page.warc.gz")]):
        subprocess.run([manager, *words], check=True, cwd=folder, stdout=sys.stderr)
    from gevent.monkey import patch_all  # noqa: PLC0415

    patch_all()
    from pywb.apps.frontendapp import FrontEndApp  # noqa: PLC0415

    app = FrontEndApp()
    figures = {}
    for name, modifier in (("served rewritten", "mp_"), ("served as received", "id_")):
        taken = []
        for _ in range(rounds + 5):
            began = time.process_time()
            status, content = _request(app, f"/bench/{stamp}{modifier}/{url}")
            taken.append((time.process_time() - began) * 1000)
            if not status.startswith("200") or (modifier == "id_" and content != body):
                raise SystemExit(f"pywb answered {status}")
        figures[name] = median(taken[5:])
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
