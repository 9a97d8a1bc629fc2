"""Web archive files (WARC/1.1, ISO 28500): exchanges are written to them and read from them. Independent of pages being checked."""
