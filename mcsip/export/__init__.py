"""Export: configurations for peers of another make, written from a scenario or a topology."""
