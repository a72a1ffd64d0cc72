"""RFC 3261 and its extensions: messages, transactions, proxy; pure, with an explicit clock."""
