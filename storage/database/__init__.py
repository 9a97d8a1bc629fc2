"""Connections, transactions, dialects, error mapping, column types, locks and migrations. Knows no domain object."""
