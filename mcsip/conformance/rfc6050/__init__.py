"""RFC 6050: asserted and preferred services. A file for each clause that has rules."""
