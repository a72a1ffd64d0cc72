"""URLs of shared registries: what libpq takes is taken, and a password is never shown."""

import pytest

from mcsip.errors import UsageError
from mcsip.store.urls import HIDDEN, read_url, shown_url, url_fault

SECRET = "S3cret"


@pytest.mark.parametrize(
    ("url", "parameters"),
    [
        ("postgresql://h/db", {"host": "h", "dbname": "db"}),
        ("postgres://h", {"host": "h"}),
        ("PostgreSQL://h:/", {"host": "h"}),
        ("postgresql://", {}),
        ("postgresql:///", {}),
        ("postgresql://@h", {"host": "h"}),
        ("postgresql://:p@h", {"host": "h", "password": "p"}),
        ("postgresql://u:a:b@h", {"host": "h", "user": "u", "password": "a:b"}),
        ("postgresql://u%40x:p%2Fq@h", {"host": "h", "user": "u@x", "password": "p/q"}),
        ("postgresql://u:[pé]*,;@h", {"host": "h", "user": "u", "password": "[pé]*,;"}),
        ("postgresql://127.0.0.1:5433/db", {"host": "127.0.0.1", "port": "5433", "dbname": "db"}),
        ("postgresql://[::1]:5433/db", {"host": "::1", "port": "5433", "dbname": "db"}),
        ("postgresql://[fe80::1%25lo]", {"host": "fe80::1%lo"}),
        ("postgresql://a:1,b:2/db", {"host": "a,b", "port": "1,2", "dbname": "db"}),
        ("postgresql://a,b:2", {"host": "a,b", "port": ",2"}),
        ("postgresql://a,b", {"host": "a,b"}),
        ("postgresql://%2Ftmp%2Fpg/my%20db", {"host": "/tmp/pg", "dbname": "my db"}),
        (
            "postgresql:///db?host=/tmp/pg&user=u",
            {"dbname": "db", "host": "/tmp/pg", "user": "u"},
        ),
        ("postgresql://h/db?host=other", {"host": "other", "dbname": "db"}),
        ("postgresql://h?sslmode=require", {"host": "h", "sslmode": "require"}),
        ("postgresql://h?ssl=true", {"host": "h", "sslmode": "require"}),
        ("postgresql://h?user=a&user=b", {"host": "h", "user": "b"}),
        (
            "postgresql://h?options=-c%20statement_timeout%3D5000&application_name=my%20app",
            {"host": "h", "options": "-c statement_timeout=5000", "application_name": "my app"},
        ),
        ("postgresql://h?application_name=a+b", {"host": "h", "application_name": "a+b"}),
    ],
)
def test_a_url_is_read_as_libpq_reads_it(url: str, parameters: dict[str, str]) -> None:
    found = read_url(url)
    assert dict(found.parameters) == parameters
    assert found.schema == "mcsip"


@pytest.mark.parametrize(
    ("url", "schema"),
    [
        ("postgresql://h/db?schema=B_1", "b_1"),
        ("postgresql://u:p@h:5/db?schema=x&sslmode=require", "x"),
    ],
)
def test_the_schema_stands_in_the_url(url: str, schema: str) -> None:
    found = read_url(url)
    assert found.schema == schema
    assert "schema" not in found.parameters, "libpq knows no such parameter"


@pytest.mark.parametrize("name", ["", "a%20b", "x;drop", "%C3%A9", "é", "a" * 64])
def test_a_schema_that_is_no_name(name: str) -> None:
    with pytest.raises(UsageError, match="its schema is no name: letters, digits and '_'"):
        read_url(f"postgresql://h/db?schema={name}")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:S3cret@h:5/db?password=S3cret&schema=y", "postgresql://u@h:5/db?schema=y"),
        ("postgresql://:S3cret@h", "postgresql://@h"),
        ("postgresql://u:S3%3Acret:S3cret@h", "postgresql://u@h"),
        ("postgresql:///db?host=/tmp/pg&sslpassword=S3cret", "postgresql:///db?host=/tmp/pg"),
        ("postgresql://h/db?user=u%40x&password=S3cret", "postgresql://h/db?user=u%40x"),
        ("postgresql://[::1]:5/db", "postgresql://[::1]:5/db"),
    ],
)
def test_a_password_is_not_shown(url: str, shown: str) -> None:
    assert shown_url(url) == shown
    assert SECRET not in repr(read_url(url))


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("postgresql://u:top#S3cret@127.0.0.1:15432/db", "there is a '#' in it"),
        ("postgresql://u:S3cret%zz@h/db", "its user or password"),
        ("postgresql://u:S3cret%@h/db", "its user or password"),
        ("postgresql://u:S3cret Pw@h/db", "its user or password"),
        ("postgresql://u:S3cret@Pw@h/db", "its user or password"),
        ("postgresql://S3cret@u:x@h/db", "its user or password"),
        ("postgresql://u:S3cret/Pw@h/db", "the name of its database"),
        ("postgresql://u:12/S3cret@h/db", "the name of its database"),
        ("postgresql://u:S3cret?Pw@h:5/db", "after its '?'"),
        ("postgresql://u:12?S3cret=Pw@h:5/db", "after its '?'"),
        ("postgresql://u:12?user=S3cret@h:5/db", "after its '?'"),
        ("postgresql://h/db?password", "after its '?'"),
        ("postgresql://h/db?password=S3cret Pw", "after its '?'"),
        ("postgresql://h/db?password=S3cret%zz", "after its '?'"),
        ("postgresql://h/db?password=S3cret#Pw", "there is a '#' in it"),
        ("postgresql://u:S3cret", "its host or port"),
        ("postgresql://u:S3cret\n@h", "its user or password"),
        ("postgresql://u:S3cret%00@h", "a character 0"),
        ("postgresql://u:S3cret@h:0/db", "its port"),
        ("postgresql://u:S3cret@h:65536/db", "its port"),
        ("postgresql://u:S3cret@h:" + "9" * 5000, "its host or port"),
        ("postgresql://u:S3cret@[::1/db", "its host or port"),
        ("postgresql://u:S3cret@::1]/db", "its host or port"),
        ("postgresql://u:S3cret@[::1::2]/db", "no IPv6 address"),
        ("postgresql://u:S3cret@[h]/db", "no IPv6 address"),
        ("postgresql://u:S3cret@h:p/db", "its host or port"),
        ("postgresql://u:S3cret@a b/db", "its host or port"),
        ("mysql://u:S3cret@h/db", "it is not of PostgreSQL"),
        ("postgresql:/u:S3cret@h/db", "it is not of PostgreSQL"),
        ("postgresql:u:S3cret@h/db", "it is not of PostgreSQL"),
        ("u:S3cret@h/db", "it is not of PostgreSQL"),
        ("host=h password=S3cret", "it is not of PostgreSQL"),
        ("", "it is not of PostgreSQL"),
    ],
)
def test_what_cannot_be_read_is_refused_without_a_word_of_it(url: str, fault: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_url(url)
    said = str(caught.value)
    assert said.startswith(f"{HIDDEN} is no URL of a registry: ")
    assert fault in said
    assert "write postgresql://user@host:port/database?schema=name" in said
    assert caught.value.__cause__ is None
    assert shown_url(url) == HIDDEN
    assert SECRET not in said
    assert "Pw" not in said
    assert fault in (url_fault(url) or "")


def test_a_url_without_a_fault_has_none() -> None:
    assert url_fault("postgresql://u:S3cret@h/db") is None
