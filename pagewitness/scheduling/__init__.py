"""Scheduling of checks: intervals, cron lines, time windows and clock skew. Must not depend on service, web or cli."""
