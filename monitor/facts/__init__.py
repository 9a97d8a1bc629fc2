"""Extracts numbers, dates, amounts and names from blocks, and the facts that they state.

Pure. Depends on model and extraction, not on diff, tracking or pipeline.
"""
