"""Search over archived text, without a database: terms, queries, and which blocks of a version are indexed. Pure."""
