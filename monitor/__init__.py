"""Domain logic: what checking a page means, from request to event. Knows no database, no environment, no wall clock, and none of the other packages."""
