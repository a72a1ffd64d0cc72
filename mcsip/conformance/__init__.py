"""Conformance: rules named by clause judge a trace. Pure: nothing here knows clock or network."""
