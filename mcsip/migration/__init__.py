"""The decisions of migration: checks, records, routing; pure."""
