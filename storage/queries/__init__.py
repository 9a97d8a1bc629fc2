"""Read-only queries for screens, commands and metrics."""
