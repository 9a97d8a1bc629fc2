"""Quality on real pages, run by hand: `make eval DATA=folder`. Nothing here is part of the suite, and no page is kept in the project."""
