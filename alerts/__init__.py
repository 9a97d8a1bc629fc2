"""The voice: rules, messages, channels and the dispatcher. Knows the heart's nouns, nothing of storage."""
