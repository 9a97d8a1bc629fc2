"""The application: settings, watchlist, command line, service, web, replay, demo. Depends on all other packages; none depends on it."""
