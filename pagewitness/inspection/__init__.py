"""How a page is extracted, for `inspect` and `compare`: as JSON and as HTML. No database."""
