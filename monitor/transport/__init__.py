"""HTTP connections to hosts on the Internet: address filter (SSRF), deadline, header limits. Knows nothing of pages; depends on monitor.errors alone."""
