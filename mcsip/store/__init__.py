"""Durable records of MC service servers."""
