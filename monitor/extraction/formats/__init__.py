"""Process formats other than HTML: detection, and one module per format. Pure."""
