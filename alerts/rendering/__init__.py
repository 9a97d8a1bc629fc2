"""Renders events for mail, webhooks, web and command line. Pure. Must not depend on channels."""
