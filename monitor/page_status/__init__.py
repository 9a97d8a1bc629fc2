"""Determine the verdict on a snapshot: the page itself, or a block page, soft 404, consent wall or login wall.

Pure. Must not depend on tracking or pipeline.
"""
