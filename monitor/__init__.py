"""The heart: what one check of one page means. Knows no SQL, no environment, none of the other packages."""
