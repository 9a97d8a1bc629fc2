"""State carried from snapshot to snapshot: fact states, page health, learned noise, and the events of their transitions.

Pure. Must not depend on pipeline.
"""
