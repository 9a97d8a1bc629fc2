"""How well numbers in sentences are read, measured on sentences of our own in eight languages."""
