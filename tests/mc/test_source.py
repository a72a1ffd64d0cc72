"""Where facts come from, as they are shown."""

from mcsip.mc.source import Grade, Source


def test_document_clause_and_grade() -> None:
    assert str(Source("TS 24.379", "F.1", Grade.READ)) == "TS 24.379 F.1 [read]"


def test_a_clause_may_be_unknown() -> None:
    assert str(Source("TS 24.379", "", Grade.SECOND)) == "TS 24.379 [2nd]"


def test_grades_are_those_of_the_documents() -> None:
    assert [*map(str, Grade)] == ["seed", "read", "2nd", "gen", "ours"]
