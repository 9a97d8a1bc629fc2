"""Number words, such as "eighty-two": a grammar over one table for each language. Pure."""
