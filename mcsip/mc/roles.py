"""The roles of MC entities (TS 23.280 7.4.2) [2nd].

The identity management server is of TS 33.180 5.1.4 [read].
"""

from enum import StrEnum


class Role(StrEnum):
    """What an entity is in its MC system; the values are those of topology files."""

    CLIENT = "client"
    SIP_CORE = "sip-core"
    MC_SERVER = "mc-server"
    MC_GATEWAY = "mc-gateway"
    IDMS = "idms"
