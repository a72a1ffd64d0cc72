"""Endpoints on real sockets and on the in-memory network."""
