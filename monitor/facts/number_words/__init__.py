"""Parses number words such as "eighty-two": one grammar, with a table per language. Pure."""
