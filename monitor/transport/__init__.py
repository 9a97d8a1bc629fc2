"""HTTP connections to hosts on the Internet: address filter (SSRF), deadline, header limits. Independent of pages; depends on monitor.urls alone."""
