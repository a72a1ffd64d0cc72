"""rules.md: the catalogue of conformance rules, as the standards' tables of contents."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from mcsip.conformance.catalogue import RULES
from mcsip.conformance.rule import AnyRule, Level, Scope

_INTRODUCTION = """\
What `mcsip check` holds a capture or a trace against, in the order of the clauses. A rule's id is
stable; the beginning of one selects: `mcsip check CAPTURE ts23280/10.6.3.3`. The requirement is our
own sentence; the clause is what counts.

- **level**: *shall* counts always, *should* with `--strict`, *may* never: what breaks those is a
  warning.
- **grade**: how sure we are of the clause. `seed` and `read`: its text lay before us; `2nd`: stated
  by somebody who read it; `gen`: general knowledge of the field; `ours`: our own choice. Nothing is
  claimed of a document beyond the grade.
- **looks at**: one message on one hop; a transaction with all its copies; the passage of a request
  through a proxy; a call, which is the requests of one Call-ID between two neighbours; the course
  of one user's migrations. A rule that had nothing to look at is
  *none*, never *pass*.
"""

_LOOKS_AT = {
    Scope.MESSAGE: "message",
    Scope.TRANSACTION: "transaction",
    Scope.PASSAGE: "passage",
    Scope.CALL: "call",
    Scope.COURSE: "course",
}


def render_rules(rules: Sequence[AnyRule] = RULES) -> str:
    """Return what follows the title of rules.md."""
    parts = [_INTRODUCTION, _overview(rules)]
    for document, in_document in groupby(rules, key=lambda rule: rule.source.document):
        parts.append(f"## {document}\n")
        for clause, members in groupby(in_document, key=lambda rule: rule.source.clause):
            if clause:
                parts.append(f"### {document} {clause}\n")
            parts.append(_table(members))
    return "\n".join(parts)


def _overview(rules: Sequence[AnyRule]) -> str:
    """Return how many rules each document has."""
    lines = ["| document | rules | shall | should | may |", "| --- | --- | --- | --- | --- |"]
    for document, members in groupby(rules, key=lambda rule: rule.source.document):
        levels = [rule.level for rule in members]
        counts = " | ".join(str(levels.count(level)) for level in Level)
        anchor = re.sub(r"[^\w\- ]", "", document.lower()).replace(" ", "-")
        lines.append(f"| [{document}](#{anchor}) | {len(levels)} | {counts} |")
    return "\n".join([*lines, f"| all | {len(rules)} | | | |"]) + "\n"


def _table(rules: Iterable[AnyRule]) -> str:
    """Return the table of the rules of one clause."""
    lines = ["| rule | level | grade | looks at | requirement |", "| --- | --- | --- | --- | --- |"]
    for rule in rules:
        text = rule.requirement.replace("|", "\\|")
        cells = (f"`{rule.id}`", rule.level, rule.source.grade, _LOOKS_AT[rule.scope], text)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
