"""RFC 4320: transactions other than INVITE. A file for each clause that has rules."""
