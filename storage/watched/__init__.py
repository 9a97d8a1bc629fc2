"""What is watched: pages, hosts, schedules, claims, page health, and what a watchlist declares."""
