"""All rules, in the order of the standards' tables of contents.

Each document is a package beside this file, each clause a module ``clause_<number>`` in it, and
``book.BOOK`` of the package holds what the decorators of these modules collected. A new clause file
is found by its name; nothing has to be listed.
"""

import re
from importlib import import_module
from pkgutil import iter_modules

import mcsip.conformance
from mcsip.conformance.rule import AnyRule, RuleBook
from mcsip.errors import UsageError

DOCUMENTS = (
    "rfc3261",
    "rfc3428",
    "rfc4320",
    "rfc3325",
    "rfc6050",
    "rfc3841",
    "ts24379",
    "ts24281",
    "ts24282",
    "ts23280",
    "tr23700_90",
    "hiding",
)
"""The packages in the order in which reports show them; further ones follow by name."""

_PART = re.compile(r"[^./]+")


def clause_order(clause: str) -> tuple[tuple[bool, int, str], ...]:
    """Return what a clause is sorted by: numbers as numbers, annexes after the clauses."""
    return tuple(
        (not part.isdigit(), int(part) if part.isdigit() else 0, part)
        for part in _PART.findall(clause)
    )


def documents() -> list[str]:
    """Return the names of the packages of rules, in the order of the catalogue."""
    found = [each.name for each in iter_modules(mcsip.conformance.__path__) if each.ispkg]
    return sorted(found, key=lambda name: (_rank(name), name))


def _rank(name: str) -> int:
    return DOCUMENTS.index(name) if name in DOCUMENTS else len(DOCUMENTS)


def _rules_of(document: str) -> list[AnyRule]:
    """Return the rules of one package, clause by clause; of one clause as they stand."""
    package = import_module(f"{mcsip.conformance.__name__}.{document}")
    names = sorted(each.name for each in iter_modules(package.__path__))
    for name in names:
        if name.startswith("clause_"):
            import_module(f"{package.__name__}.{name}")
    book = import_module(f"{package.__name__}.book").BOOK
    assert isinstance(book, RuleBook)
    return sorted(book.rules, key=lambda rule: clause_order(rule.source.clause))


def load_rules() -> tuple[AnyRule, ...]:
    """Return every rule.

    Raises:
        UsageError: two rules have the same id.
    """
    rules = tuple(rule for document in documents() for rule in _rules_of(document))
    ids: set[str] = set()
    for rule in rules:
        if rule.id in ids:
            raise UsageError(f"two rules have the id {rule.id!r}")
        ids.add(rule.id)
    return rules


RULES: tuple[AnyRule, ...] = load_rules()
"""The catalogue."""
