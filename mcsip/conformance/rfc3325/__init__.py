"""RFC 3325: asserted and preferred identities. A file for each clause that has rules."""
