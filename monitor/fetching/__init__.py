"""One fetch of one URL: redirects, content encoding, conditional requests, robots.txt, Retry-After. Depends on transport and model, not on extraction."""
