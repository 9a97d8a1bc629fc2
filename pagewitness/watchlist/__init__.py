"""The watchlist: parses a TOML file into model objects, or reports every error in it."""
