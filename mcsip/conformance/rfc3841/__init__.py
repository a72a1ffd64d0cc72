"""RFC 3841: caller preferences. A file for each clause that has rules."""
