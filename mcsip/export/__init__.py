"""Exports: what a program of another make needs to stand in for a node. Reads runs and topologies."""
