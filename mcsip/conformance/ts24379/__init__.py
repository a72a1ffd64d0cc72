"""TS 24.379: MCPTT call control. A file for each clause that has rules."""
