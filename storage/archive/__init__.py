"""Bodies, snapshots and versions: what was received, what was extracted, and the transactions T1 and T2."""
