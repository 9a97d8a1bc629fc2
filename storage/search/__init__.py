"""The search index: distinct texts of pages, when they were present, and their terms."""
