"""How much of a capture is held in memory at most; each limit that is reached becomes a remark.

All [ours]. Together they bound a reading at about 300 MB, whatever the file holds; 282 MB
was the most that was seen.
"""

MAX_PACKET_OCTETS = 256 * 1024
"""Largest packet: what capture tools keep at most (262,144), above the 65,535 of IPv4."""
MAX_BLOCK_OCTETS = 16 * 1024 * 1024
"""Largest block of a pcapng file that is no packet, such as names or TLS secrets: skipped."""
MAX_INTERFACES = 4096
"""How many interfaces one section of a pcapng file may describe."""
READ_OCTETS = 1024 * 1024
"""How much is read from the file at a time."""

MAX_DATAGRAMS = 1024
"""How many datagrams wait for the rest of their fragments."""
MAX_DATAGRAM_OCTETS = 65_535
"""Largest datagram that fragments make (RFC 791 3.1, RFC 8200 4.5)."""
MAX_FRAGMENT_OCTETS = 16 * 1024 * 1024
"""How many octets of fragments are held in all."""
FRAGMENTS_WAIT_NS = 60 * 1_000_000_000
"""How long the first fragment waits for the last, in capture time (RFC 8200 4.5: 60 seconds)."""
MAX_EXTENSION_HEADERS = 16
"""How many headers may stand before the payload of an IPv6 packet."""
MAX_VLAN_TAGS = 4
"""How many VLAN tags may stand before the type of a frame."""

MAX_STREAMS = 20_000
"""How many directions of TCP connections are followed at a time; the quietest gives way."""
MAX_PENDING_OCTETS = 1024 * 1024
"""How many octets of one stream wait for a segment before them; then it counts as missing."""
MAX_PENDING_SEGMENTS = 1024
"""How many segments of one stream wait likewise."""
MAX_ALL_PENDING_OCTETS = 64 * 1024 * 1024
"""How many octets wait in all streams together."""
MAX_STRANGE_ENTRIES = 16
"""How many entries the octets of one stream make that are no SIP, before the next start line."""
MAX_START_LINE_OCTETS = 8192
"""How far a start line is looked for, and the longest whose first half is kept for the second."""

MAX_SIP_ADDRESSES = 100_000
"""How many addresses that speak SIP are remembered."""
LOOK_AHEAD_MESSAGES = 20_000
"""How many messages are looked at to learn who is who, before the first is handed out."""
LOOK_AHEAD_OCTETS = 256 * 1024 * 1024
"""How far into the file that goes at most."""
MAX_NODES = 10_000
"""How many nodes are told apart; the addresses of others stand for themselves."""
MAX_DIALOGUES = 20_000
"""How many From tags are remembered, to see who passes a request on."""
PACKETS_PER_PROGRESS = 5000
"""After how many packets it is told how far the reading is."""
