"""The memory: tables, bodies, history and the outbox. Knows the nouns of the heart and the voice, none of their verbs."""
