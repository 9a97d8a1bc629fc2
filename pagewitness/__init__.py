"""The application: settings, watchlist, command line, service, web, replay and demo. It depends on all other packages; none depends on it."""
