"""The extraction of a page as JSON and as HTML, for `inspect` and `compare`. No database."""
