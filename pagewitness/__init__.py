"""The front door: settings, watchlist, command line, service, replay and demo. The only package that knows everybody."""
