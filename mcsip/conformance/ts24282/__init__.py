"""TS 24.282: MCData signalling, by analogy with TS 24.379. A file for each clause with rules."""
