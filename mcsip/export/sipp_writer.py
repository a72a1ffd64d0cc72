"""The elements of a SIPp scenario, as they are written.

SIPp's reference of scenario elements says what each means; its ``sipp.dtd`` says where each may
stand. Nothing here knows of nodes and courses.
"""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from mcsip.export.sipp_text import keyword_of

RETRANSMIT_MS = 500
"""T1 (RFC 3261 17.1.1.1)."""


@dataclass(slots=True)
class Writer:
    """The elements of a scenario, or of a branch of it.

    Attributes:
        udp: whether requests are sent again, and lost answers given again.
        lines: the elements.
        takes: the ``ereg`` elements that take what is needed out of the request.
        variables: the variables that these set.
    """

    udp: bool
    lines: list[str] = field(default_factory=list)
    takes: list[str] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)

    def add(self, *lines: str) -> None:
        """Add elements."""
        self.lines += [f"  {line}" if line else "" for line in lines]

    def send(self, text: str, *, request: bool) -> None:
        """Send a message; a request over UDP again and again until something comes in."""
        again = f' retrans="{RETRANSMIT_MS}"' if request and self.udp else ""
        self.lines += [f"  <send{again}><![CDATA[", f"{text}]]></send>"]

    def turn_to(self, peer: str) -> None:
        """Send to somebody else from now on."""
        name, let_go = keyword_of(peer), "" if self.udp else "<closecon/>"
        place = f'host="[{name}_ip]" port="[{name}_port]" protocol="[transport]"'
        self.add(f"<nop><action>{let_go}<setdest {place}/></action></nop>")

    def take(self, variable: str, regexp: str, header: str = "") -> None:
        """Take a value out of the request into a variable.

        Args:
            variable: its name.
            regexp: what is looked for; in the whole message it is the group.
            header: name of the field that is searched, with the occurrence where it is another
                than the first (``Via:2``); "" for the whole message.
        """
        name, _, occurrence = header.rpartition(":")
        if header:
            nth = f' occurrence="{occurrence}"' if occurrence else ""
            where, names = f'search_in="hdr" header="{name}:"{nth}', [variable]
        else:
            where, names = 'search_in="msg"', [f"{variable}_found", variable]
        element = f'<ereg regexp="{attribute(regexp)}" {where} assign_to="{",".join(names)}"/>'
        if element not in self.takes:
            self.takes.append(element)
            self.variables += names


def attribute(text: str) -> str:
    """Return text as the value of an attribute in double quotes."""
    return escape(text, {'"': "&quot;"})


def scenario_xml(title: str, writer: Writer) -> str:
    """Return a scenario as XML."""
    lines = [f'<scenario name="{attribute(title)}">', *writer.lines]
    if writer.variables:
        names = ",".join(dict.fromkeys(writer.variables))
        lines.append(f'  <Reference variables="{names}"/>')
    return "\n".join((*lines, "</scenario>", ""))
