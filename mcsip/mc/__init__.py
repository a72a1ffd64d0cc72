"""The 3GPP mission-critical vocabulary: services, bodies, messages, tokens; pure."""
