"""A message where it was seen: its form and names, and the way that it went.

That is all that is kept of it, and the rest is made from it again where somebody looks.
"""

from collections.abc import Hashable
from dataclasses import dataclass

from mcsip.conformance.forms import Form, Names
from mcsip.conformance.participants import Way
from mcsip.sip.message import Request, Response
from mcsip.trace import Direction, TraceEntry


@dataclass(slots=True, eq=False)
class Heard:
    """A message where it was seen.

    Attributes:
        number: of the trace entry.
        at: seconds since the run began.
        fault: what the network did to it, as in ``TraceEntry``.
        way: from whom to whom it went.
        form: what it is but for names.
        names: the names in it.
    """

    number: int
    at: float
    fault: str | None
    way: Way
    form: Form
    names: Names
    _message: Request | Response | None = None

    @property
    def sent(self) -> bool:
        """Whether it was seen where it was sent."""
        return self.way.direction is Direction.SENT

    @property
    def message(self) -> Request | Response:
        """The message, read."""
        message = self._message
        if message is None:
            message = self._message = self.form.message(self.names)
        return message

    @property
    def entry(self) -> TraceEntry:
        """The trace entry."""
        way, data = self.way, self.form.octets(self.names)
        return TraceEntry(
            self.number,
            self.at,
            way.node,
            way.direction,
            way.transport,
            way.local,
            way.remote,
            data,
            self.fault,
        )

    @property
    def octets_key(self) -> Hashable:
        """What tells its octets from others."""
        form = self.form
        return (form.number, self.names) if form.alike else form.octets(self.names)

    @property
    def likeness(self) -> Hashable:
        """What it has in common with the same message at another time, but for its names."""
        return self.form.number, self.way.likeness, self.fault

    @property
    def all_names(self) -> Names:
        """The names in it, and those of its way."""
        of_way = self.way.names
        return self.names + of_way if of_way else self.names

    def forget(self) -> None:
        """Forget what was read: it can be read again."""
        self._message = None
