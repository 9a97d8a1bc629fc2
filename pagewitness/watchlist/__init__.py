"""The watchlist: a TOML file to model objects, or a complete list of what is wrong with it."""
