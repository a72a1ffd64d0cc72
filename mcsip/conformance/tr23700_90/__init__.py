"""TR 23.700-90: migration without interconnection. A file for each clause that has rules."""
