"""Where a fact comes from: document, clause, and how sure we are of it.

Every constant of a 3GPP document has one home in this package and carries a ``Source`` there, so
that whoever holds the text corrects the product in one place. Documentation never claims
conformance to a fact of a grade other than ``SEED`` or ``READ``.
"""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How sure we are of a fact, from best to least."""

    SEED = "seed"
    """The text of the change request or study that defines it lies before us."""
    READ = "read"
    """Read in the standard's text or in a published schema."""
    SECOND = "2nd"
    """Stated by a public project that read the specification; the text was not seen."""
    GENERAL = "gen"
    """General knowledge of the field, not verified."""
    OURS = "ours"
    """The project's own choice, where the standard is silent or was not obtainable."""


@dataclass(frozen=True, slots=True)
class Source:
    """Document, clause and grade of one fact.

    Attributes:
        document: for example ``TS 24.379``.
        clause: number of the clause or annex, for example ``F.1``; empty when unknown.
        grade: how sure we are.
    """

    document: str
    clause: str
    grade: Grade

    def __str__(self) -> str:
        """Return ``TS 24.379 F.1 [read]``."""
        return f"{self.document} {self.clause}".rstrip() + f" [{self.grade}]"
