"""Formats other than HTML: detection, and one module for each format that is read. Pure."""
