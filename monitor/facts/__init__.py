"""Numbers, dates, amounts and names in blocks, and the facts that they state. Pure. Depends on model and extraction, not on diff, tracking or pipeline."""
