"""What mcsip costs: CPU per flow and per relayed transaction (``make bench``)."""
