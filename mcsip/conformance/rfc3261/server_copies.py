"""What INVITE and non-INVITE server transactions have in common: their copies of responses."""

from collections.abc import Sequence

from mcsip.conformance.rfc3261.timing import Answered, changed_copies, finals
from mcsip.conformance.rule import Fault
from mcsip.trace import TraceEntry


def judge_last(answers: Sequence[Answered]) -> list[Fault] | None:
    """Judge that after a final response nothing else is sent; copies of responses in order."""
    final = finals(answers)
    if not final:
        return None
    number, response = final[0][0].number, final[0][1]
    return [
        Fault(
            f"nothing after the final response {response.status}",
            f"{other.status} {other.reason}"[:80],
            number=entry.number,
            text=f"{other.status}".encode(),
        )
        for entry, other in answers
        if entry.number > number and other.status != response.status
    ]


def judge_same(copies: Sequence[TraceEntry]) -> list[Fault] | None:
    """Judge that each copy of a final response is the response as it was sent first."""
    return changed_copies(copies) if len(copies) > 1 else None
