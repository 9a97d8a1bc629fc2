"""The archive: bodies, snapshots and versions, and the transactions T1 and T2 that write them."""
