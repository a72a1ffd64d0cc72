"""RFC 3261: SIP. A file for each clause that has rules."""
