"""The application: settings, watchlist, scheduling, service, inspection, importing, maintenance, web, replay, command line and demo. It depends on all other packages; none depends on it."""
