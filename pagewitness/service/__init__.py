"""The service: a supervisor and its processes. Each process runs a loop whose steps can also be called one by one, in one process, with any clock.

    supervisor ─┬─ fetcher        checks due pages and archives the responses (T1)
                ├─ extractor-1…n  derives versions and events from archived snapshots (T2)
                ├─ deliveries     plans and sends alerts (T3); detects stale pages, expiring certificates and failing channels
                └─ web            serves pages, history, changes, replay, health and metrics

Processes exchange data only through the database: unprocessed snapshots are the extractors' queue, unplanned events the queue of the deliveries.
"""
