"""When a page is checked next: intervals, cron lines, time windows, clock skew. Must not depend on service, web or cli."""
