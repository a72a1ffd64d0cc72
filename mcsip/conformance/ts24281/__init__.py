"""TS 24.281: MCVideo signalling. A file for each clause that has rules."""
