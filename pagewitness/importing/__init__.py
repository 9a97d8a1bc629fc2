"""Import of saved pages."""
