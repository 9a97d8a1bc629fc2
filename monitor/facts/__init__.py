"""Blocks to mentions, mentions to readings. One number reader for declared facts and for numbers that nobody declared."""
