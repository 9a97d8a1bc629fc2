"""What a check costs, measured on pages made here and served on loopback, beside urlwatch in the same run. See docs/performance.md."""
