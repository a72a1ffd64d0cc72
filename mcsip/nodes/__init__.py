"""The entities of MC systems: SIP core, MC service server, MC gateway server, client."""
