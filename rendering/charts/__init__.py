"""Charts as SVG, drawn on the server without a library or script. Pure."""
