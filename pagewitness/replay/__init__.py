"""Archived pages in a browser: rewritten, script-free, behind a sandbox."""
