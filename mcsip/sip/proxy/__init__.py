"""The stateful proxy of RFC 3261 section 16, in parts."""
