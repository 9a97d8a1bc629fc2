"""The service: a supervisor and its processes. Each process is a loop around steps that can also be taken one by one, in one process, under any clock.

    supervisor ─┬─ fetcher        checks due pages and archives what they answer (T1)
                ├─ extractor-1…n  derives versions and events from archived snapshots (T2)
                ├─ deliveries     plans and sends alerts (T3), and sweeps for stale pages, certificates and failing channels
                └─ web            shows it all

The database is the only way from one to the next: an unprocessed snapshot is the extractors' queue, an unplanned event that of the deliveries.
"""
