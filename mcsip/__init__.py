"""mcsip: the SIP signalling of 3GPP mission-critical systems, simulated.

The packages, each of which imports only what stands before it: ``sip`` (RFC 3261), ``mc`` (the 3GPP
vocabulary), ``migration`` (the decisions), ``trace``, ``net`` (sockets and the in-memory network),
``store`` (durable records), ``topology``, ``nodes``, ``scenario``, ``report`` and ``cli``.
"""

__version__ = "0.1.0"
