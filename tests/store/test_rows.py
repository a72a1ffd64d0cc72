"""The schema of the database has a version."""

from hashlib import sha256

from mcsip.store.rows import ALIASES, APPLICATION_ID, SCHEMA, SCHEMA_VERSION

KNOWN = {1: "987c74dda160c114", 2: "b96f4838950ddb33"}
"""Digest of the schema of each version; the first one had no table of aliases."""


def test_a_changed_schema_has_a_new_version() -> None:
    assert sha256(SCHEMA.encode()).hexdigest()[:16] == KNOWN[1]
    assert sha256((SCHEMA + ALIASES).encode()).hexdigest()[:16] == KNOWN[SCHEMA_VERSION]


def test_mark_is_readable() -> None:
    assert APPLICATION_ID.to_bytes(4, "big") == b"mcsi"
