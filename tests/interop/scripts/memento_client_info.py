"""Asks `memento-client` for the mementos around some dates, and what it takes addresses for."""

import datetime as dt
import json
import sys

from memento_client import MementoClient

base, url = sys.argv[1:]
client = MementoClient(timegate_uri=f"{base}/replay/", check_native_timegate=False)
for day in (1, 2, 9):
    found = client.get_memento_info(url, dt.datetime(2021, 3, day, 13))["mementos"]
    print(json.dumps({name: memento["uri"][0] for name, memento in found.items()}))
memento = f"{base}/replay/20210301120000/{url}"
print(json.dumps([MementoClient.is_timegate(f"{base}/replay/{url}"), MementoClient.is_memento(memento)]))
print(json.dumps(client.get_original_uri(memento)))
