"""Finds captures with EDGI's `wayback` and loads each; then a redirect that it follows, and a URL that is not archived."""

import hashlib
import json
import re
import sys

import wayback
import wayback._client
import wayback._utils

base, site = sys.argv[1:]
wayback._client.CDX_SEARCH_URL = f"{base}/cdx/search/cdx"
wayback._utils.MEMENTO_URL_TEMPLATE = base + "/replay/{timestamp}{mode}/{url}"
wayback._utils.MEMENTO_URL_PATTERN = re.compile(re.escape(base) + r"/replay/(\d+)(\w\w_)?/(.+)$")


def show(memento):
    captured = f"{memento.timestamp:%Y%m%d%H%M%S}"
    digest = hashlib.sha256(memento.content).hexdigest()
    print(json.dumps([memento.url, captured, memento.status_code, digest, sorted(memento.links)]))


session = wayback.WaybackSession(search_calls_per_second=0, memento_calls_per_second=0)
with wayback.WaybackClient(session) as client:
    for record in client.search(site, match_type="prefix", limit=2, skip_malformed_results=False):
        show(client.get_memento(record, follow_redirects=False))
    show(client.get_memento(f"{site}/old", timestamp="20210301120000", exact_redirects=False))
    try:
        client.get_memento(f"{site}/absent", timestamp="20210301120000")
    except wayback.exceptions.NoMementoError:
        print('"none"')
