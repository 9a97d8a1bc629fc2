"""Database access: connections, transactions, dialects, error mapping, column types, locks and migrations. No domain objects."""
