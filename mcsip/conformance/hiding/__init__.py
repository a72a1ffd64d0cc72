"""Topology hiding of MC gateway servers: what leaves a system names nothing of its inside.

Which things these are is general knowledge of the field (TR 23.781 6.x.1 asks for gateway servers
that hide the topology and does not list them): the clauses here are named by what is hidden.
"""
