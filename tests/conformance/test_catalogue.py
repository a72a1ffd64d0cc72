"""The catalogue: every clause file is in it, in the order of tables of contents."""

import re
from importlib import import_module
from pathlib import Path

import pytest

import mcsip.conformance
from mcsip.conformance.catalogue import (
    DOCUMENTS,
    RULES,
    clause_order,
    documents,
    load_rules,
)
from mcsip.conformance.rule import RuleBook
from mcsip.errors import UsageError

FOLDER = Path(mcsip.conformance.__file__).parent


def test_every_folder_with_rules_is_a_document_of_the_list() -> None:
    folders = {path.parent.name for path in FOLDER.glob("*/book.py")}
    assert set(documents()) == folders
    assert folders <= set(DOCUMENTS)


def test_ids_are_unique_and_well_formed() -> None:
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9-]+/[A-Za-z0-9.-]+/[a-z0-9-]+", it) for it in ids)


def test_every_rule_says_what_it_requires_without_a_full_stop() -> None:
    for rule in RULES:
        assert rule.requirement == rule.requirement.strip().rstrip("."), rule.id
        assert rule.requirement[:1].isupper() or rule.requirement[:1] == "'", rule.id


def test_documents_stand_together_and_in_order() -> None:
    prefixes = list(dict.fromkeys(rule.id.partition("/")[0] for rule in RULES))
    assert prefixes == [name.replace("tr23700_90", "tr23700-90") for name in documents()]


def test_clauses_of_a_document_stand_in_order() -> None:
    for prefix in {rule.id.partition("/")[0] for rule in RULES}:
        clauses = [it.source.clause for it in RULES if it.id.startswith(f"{prefix}/")]
        assert clauses == sorted(clauses, key=clause_order)


def test_every_clause_file_has_a_rule_of_its_clause() -> None:
    made = {rule.check.__module__ for rule in RULES}
    clauses = {(it.id.partition("/")[0], it.source.clause.lower()) for it in RULES}
    for path in FOLDER.glob("*/clause_*.py"):
        module = f"mcsip.conformance.{path.parent.name}.{path.stem}"
        clause = path.stem.removeprefix("clause_")
        prefix = path.parent.name.replace("_", "-")
        by_name = any(
            document == prefix
            and re.split(r"[.-]", it)[: len(clause.split("_"))] == clause.split("_")
            for document, it in clauses
        )
        assert module in made or by_name, module


@pytest.mark.parametrize(
    "clauses",
    [["7", "7.1", "8.1.1.2", "8.1.1.10", "17.2", "A.1", "F.1", "F.10"], ["7", "7.X.2", "8"]],
)
def test_clauses_are_ordered_as_in_a_table_of_contents(clauses: list[str]) -> None:
    assert sorted(set(clauses), key=clause_order) == clauses


def test_two_rules_of_one_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    book = import_module("mcsip.conformance.rfc3261.book").BOOK
    assert isinstance(book, RuleBook)
    monkeypatch.setattr(book, "rules", [*book.rules, book.rules[0]])
    with pytest.raises(UsageError, match=re.escape(repr(book.rules[0].id))):
        load_rules()
