"""What must not be seen outside, and what is shown in its place."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InnerNames:
    """The names and addresses of an inner system.

    Attributes:
        hosts: host names and IP addresses of its nodes.
        addresses: (host, port) of its nodes, where the port is telling too.
        uris: URIs of its own: public service identities of its servers.
    """

    hosts: frozenset[str] = frozenset()
    addresses: frozenset[tuple[str, int]] = frozenset()
    uris: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PublicFace:
    """What a gateway shows of itself to other systems.

    Attributes:
        identity: the URI that stands for every inner identity.
        host: its host name or address.
        port: its port, in Record-Route and Contact URIs; None: the default one.
        uri_params: parameters of these URIs, each with its semicolon (``";transport=tcp"``).
        agent: the agent of a Warning; None: ``host``.
        product: the Server or User-Agent value that replaces inner ones; None: they are removed.
    """

    identity: str
    host: str
    port: int | None = None
    uri_params: str = ""
    agent: str | None = None
    product: str | None = None

    @property
    def hostport(self) -> str:
        """``host`` or ``host:port``, as it stands in a URI."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def domain(self) -> str:
        """The domain of the identity, by which a party is known that has none of its own."""
        return self.identity.rpartition("@")[2].partition(";")[0].removeprefix("sip:")


def compile_sweep(names: InnerNames, face: PublicFace) -> re.Pattern[str]:
    """Return the pattern that finds an inner name, address or port in LOWER-CASE text.

    Names with a dot and ports are found wherever they stand; a single-label name only as a word of
    its own. A host or port that the gateway shows itself is no secret: of an address that shares
    its host only the port is looked for, and the other way round.
    """
    hosts = {host.lower() for host in names.hosts}
    ports = set()
    for host, port in names.addresses:
        hosts.add(host.lower())
        if port != (face.port or 5060):
            ports.add(str(port))
    hosts.discard(face.host.lower())
    words = {uri.lower().partition(":")[2] or uri.lower() for uri in names.uris}
    words.discard(face.identity.lower().partition(":")[2])
    alternatives = sorted(ports | words | {h for h in hosts if "." in h or ":" in h})
    literals = [re.escape(text) for text in sorted(alternatives, key=len, reverse=True)]
    literals += [
        rf"(?<![\w.-]){re.escape(host)}(?![\w-])"
        for host in sorted(hosts)
        if "." not in host and ":" not in host
    ]
    return re.compile("|".join(literals) or r"(?!)")
