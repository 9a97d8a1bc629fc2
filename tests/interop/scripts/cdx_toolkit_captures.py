"""Iterates over captures with `cdx-toolkit`, page by page, and loads each; then counts with a filter, and what there is of nothing."""

import hashlib
import json
import sys

import cdx_toolkit
from cdx_toolkit import myrequests

base, site = sys.argv[1:]
for limits in myrequests.retry_info.values():
    limits["minimum_interval"] = 0
cdx = cdx_toolkit.CDXFetcher(source=f"{base}/cdx/search/cdx", wb=f"{base}/replay")
for capture in cdx.iter(f"{site}/*", pageSize=2):
    digest = hashlib.sha256(capture.content).hexdigest()
    print(json.dumps([capture["url"], capture["timestamp"], capture["status"], digest]))
print(len(cdx.get(f"{site}/*", filter="=status:404")))
print(len(list(cdx.iter(f"{site}/absent"))))
print(cdx.get_size_estimate(f"{site}/*", as_pages=True, pageSize=2))
