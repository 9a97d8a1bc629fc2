"""Replay: serves archived pages to a browser, rewritten, without scripts and in a sandbox."""
