"""The outbox: planning of events (T3), sending of deliveries, and channel outages."""
