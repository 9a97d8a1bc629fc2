"""Events that wait to be planned, deliveries that wait to be sent, and channel outages (T3)."""
