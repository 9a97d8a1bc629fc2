"""The demo: a site that ages under a handed clock, watched by the real service, and the proof that it told what it should."""
