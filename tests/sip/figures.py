"""The figures of RFC 3261 17 with the updates of RFC 6026 and RFC 4320, copied from the documents.

One line for each arrow: state, input, next state, what is seen of it. What is seen is in the words
of the tests' rig: methods and statuses that are sent, and what the transaction user is told.
"""

from typing import NamedTuple

from mcsip.sip.tables import INVITE_CLIENT, INVITE_SERVER, NON_INVITE_CLIENT, NON_INVITE_SERVER


class Arrow(NamedTuple):
    state: str
    what: str
    to: str
    seen: list[str]


def _arrows(text: str) -> list[Arrow]:
    arrows = []
    for line in text.strip().splitlines():
        state, what, to, seen = (part.strip() for part in line.split("|"))
        arrows.append(Arrow(state, what, to, [s.strip() for s in seen.split("+") if s.strip()]))
    return arrows


# RFC 3261 Figure 5; Accepted, M: RFC 6026 8.4; CANCEL without effect: RFC 3261 9.1
INVITE_CLIENT_ARROWS = _arrows("""
CALLING    | A                   | CALLING    | INVITE
CALLING    | B                   | TERMINATED | timeout to TU
CALLING    | transport error     | TERMINATED | error to TU
CALLING    | abandoned by the TU | TERMINATED |
CALLING    | 1xx                 | PROCEEDING | response to TU
CALLING    | 2xx                 | ACCEPTED   | response to TU
CALLING    | 300-699             | COMPLETED  | ACK + response to TU
PROCEEDING | 1xx                 | PROCEEDING | response to TU
PROCEEDING | 2xx                 | ACCEPTED   | response to TU
PROCEEDING | 300-699             | COMPLETED  | ACK + response to TU
PROCEEDING | CANCEL sent         | PROCEEDING |
PROCEEDING | cancelled           | TERMINATED | timeout to TU
PROCEEDING | abandoned by the TU | TERMINATED |
COMPLETED  | 300-699             | COMPLETED  | ACK
COMPLETED  | transport error     | TERMINATED | error to TU
COMPLETED  | D                   | TERMINATED |
ACCEPTED   | 2xx                 | ACCEPTED   | response to TU
ACCEPTED   | M                   | TERMINATED |
""")

# RFC 3261 Figure 6
NON_INVITE_CLIENT_ARROWS = _arrows("""
TRYING     | E                   | TRYING     | MESSAGE
TRYING     | F                   | TERMINATED | timeout to TU
TRYING     | transport error     | TERMINATED | error to TU
TRYING     | abandoned by the TU | TERMINATED |
TRYING     | 1xx                 | PROCEEDING | response to TU
TRYING     | 2xx                 | COMPLETED  | response to TU
TRYING     | 300-699             | COMPLETED  | response to TU
PROCEEDING | E                   | PROCEEDING | MESSAGE
PROCEEDING | F                   | TERMINATED | timeout to TU
PROCEEDING | transport error     | TERMINATED | error to TU
PROCEEDING | abandoned by the TU | TERMINATED |
PROCEEDING | 1xx                 | PROCEEDING | response to TU
PROCEEDING | 2xx                 | COMPLETED  | response to TU
PROCEEDING | 300-699             | COMPLETED  | response to TU
COMPLETED  | K                   | TERMINATED |
""")

# RFC 3261 Figure 7; Accepted, L: RFC 6026 8.7; transport errors: RFC 6026 8.8
INVITE_SERVER_ARROWS = _arrows("""
PROCEEDING | no answer at once   | PROCEEDING |
PROCEEDING | 100 to INVITE       | PROCEEDING | 100
PROCEEDING | request again       | PROCEEDING | 180
PROCEEDING | 1xx                 | PROCEEDING | 180
PROCEEDING | 2xx                 | ACCEPTED   | 200
PROCEEDING | 300-699             | COMPLETED  | 486
PROCEEDING | transport error     | PROCEEDING | error to TU
COMPLETED  | request again       | COMPLETED  | 486
COMPLETED  | G                   | COMPLETED  | 486
COMPLETED  | H                   | TERMINATED | timeout to TU
COMPLETED  | transport error     | COMPLETED  | error to TU
COMPLETED  | ACK                 | CONFIRMED  |
CONFIRMED  | I                   | TERMINATED |
ACCEPTED   | 2xx                 | ACCEPTED   | 200
ACCEPTED   | ACK                 | ACCEPTED   | ACK to TU
ACCEPTED   | transport error     | ACCEPTED   | error to TU
ACCEPTED   | L                   | TERMINATED |
""")

# RFC 3261 Figure 8; 100: RFC 4320 4.1; no 408: RFC 4320 4.2; transport errors: RFC 6026 8.8
NON_INVITE_SERVER_ARROWS = _arrows("""
TRYING     | no answer at once   | TRYING     |
TRYING     | 100 to non-INVITE   | PROCEEDING | 100
TRYING     | 1xx                 | PROCEEDING | 100
TRYING     | 2xx                 | COMPLETED  | 200
TRYING     | 300-699             | COMPLETED  | 486
PROCEEDING | request again       | PROCEEDING | 100
PROCEEDING | 1xx                 | PROCEEDING | 100
PROCEEDING | lifetime            | TERMINATED | timeout to TU
PROCEEDING | 2xx                 | COMPLETED  | 200
PROCEEDING | 300-699             | COMPLETED  | 486
PROCEEDING | transport error     | PROCEEDING | error to TU
COMPLETED  | request again       | COMPLETED  | 200
COMPLETED  | transport error     | COMPLETED  | error to TU
COMPLETED  | J                   | TERMINATED |
""")

FIGURES = {
    INVITE_CLIENT.name: INVITE_CLIENT_ARROWS,
    NON_INVITE_CLIENT.name: NON_INVITE_CLIENT_ARROWS,
    INVITE_SERVER.name: INVITE_SERVER_ARROWS,
    NON_INVITE_SERVER.name: NON_INVITE_SERVER_ARROWS,
}
