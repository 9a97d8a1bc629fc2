"""Payloads of deliveries and their MIME form. Pure. Must not depend on channels."""
