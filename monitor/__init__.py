"""Domain logic of a check, from request to event. Depends on no database, no environment, no wall clock and no other package of Pagewitness."""
