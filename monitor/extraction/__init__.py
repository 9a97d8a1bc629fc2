"""Convert a response body to blocks: charset, parser, block classifier, main content, metadata.

Pure. Must not depend on facts, diff, tracking or pipeline.
"""
