"""RFC 3428: the MESSAGE method. A file for each clause that has rules."""
