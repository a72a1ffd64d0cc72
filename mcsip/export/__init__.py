"""Exports: what a program of another make needs to stand in for a node of a scenario."""
