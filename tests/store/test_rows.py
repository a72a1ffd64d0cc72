"""The schema of the database has a version."""

from hashlib import sha256

from mcsip.store.rows import APPLICATION_ID, SCHEMA, SCHEMA_VERSION

KNOWN = {1: "987c74dda160c114"}
"""Digest of the schema of each version."""


def test_a_changed_schema_has_a_new_version() -> None:
    assert sha256(SCHEMA.encode()).hexdigest()[:16] == KNOWN[SCHEMA_VERSION]


def test_mark_is_readable() -> None:
    assert APPLICATION_ID.to_bytes(4, "big") == b"mcsi"
