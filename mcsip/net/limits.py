"""Every limit of the network shell, with its reason.

Sizes of messages are limited by the reader: ``mcsip.sip.parse``.
"""

CONNECT_TIMEOUT_S = 4.0
"""How long a connection may take to come up: well under Timer F (32 s) [ours]."""

HANDSHAKE_TIMEOUT_S = 4.0
"""How long a TLS handshake may take, from the first octet on, on either side [ours]."""

ACCEPT_PAUSE_S = 0.1
"""How long an endpoint pauses that could not accept a TLS connection, for want of descriptors
[ours]."""

MAX_UNSENT_OCTETS = 4 * 1024 * 1024
"""What may wait for a peer on one connection before the peer counts as never reading [ours]."""

MAX_HELD_OCTETS = 128 * 1024 * 1024
"""What may wait for all peers of an endpoint together, until the next one counts as never reading
[ours]."""

WRITE_HIGH_WATER_OCTETS = 32 * 1024
"""Unsent octets from which on a connection watches these two; below, MAX_CONNECTIONS bounds what
waits [ours]."""

MAX_CONNECTIONS = 4096
"""Connections of one endpoint; the next one that is accepted is closed at once [ours]."""

IDLE_S = 600.0
"""How long an unused connection stays open; RFC 3261 18 asks for at least 64*T1 = 32 s [ours]."""

INCOMPLETE_S = 32.0
"""How long a peer may take to finish a message it has begun: 64*T1, no transaction lives longer."""

HALF_CLOSED_S = 32.0
"""How long answers may still go out to a peer that has ended its own direction: 64*T1."""

SWEEP_S = 8.0
"""How often connections are searched for idle ones while there are any [ours]."""

CLOSE_GRACE_S = 0.2
"""How long a stopping endpoint waits for its connections to close in order [ours]."""

READ_BATCH = 256
"""Datagrams that are read before other callbacks get their turn: many, so that the system drops
none while new requests wait (``mcsip.sip.limits``) [ours]."""

SHED_SHARE = 0.25
"""How much one that is refused from its octets counts there: under overload nearly all are, and
what is not even read is soon repeated [ours]."""

REQUESTS_AT_ONCE = 64
"""New requests that a node works on before it reads again what has arrived: some 10 ms of work, in
which the buffers of the system do not fill up, and a good part of the time when nearly everything
is refused [ours]."""

MAX_DATAGRAM_OCTETS = 65_535
"""The largest UDP payload there can be, RFC 768 and RFC 3261 18.1.1 [read]."""

MAX_MEDIA_OCTETS = 2048
"""Largest packet of media that is read or built: more than an Ethernet frame carries [ours]."""

RECENT_DATAGRAMS = 512
"""Datagrams that are remembered until ICMP may have spoken of them [ours]."""

UDP_BUFFER_OCTETS = 4 * 1024 * 1024
"""What is asked of the system for a UDP socket in each direction; it may grant less [ours]."""

MAX_KEEP_ALIVE_OCTETS = 4
"""Datagrams up to this size are keep-alives or noise (CRLF, NUL), never SIP [ours]."""

BIND_ATTEMPTS = 64
"""Free port numbers that are tried until one is free on every transport [ours]."""

UNANSWERED_PACKETS = 64
"""Requests of a connection that count as failed when it ends before the peer speaks [ours]."""

DNS_MIN_TTL_S = 5.0
"""For how long an answer of DNS is believed at least, whatever it says of itself [ours]."""

DNS_MAX_TTL_S = 3600.0
"""For how long an answer of DNS is believed at most [ours]."""

DNS_REFRESH_SHARE = 0.75
"""After which part of its time an answer of DNS is asked for again [ours]."""

DNS_RETRY_S = 2.0
"""How long to wait before DNS is asked again that did not answer [ours]."""
