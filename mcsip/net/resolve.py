"""From the host of a target to an IP address.

Host names are not looked up: whoever routes a message knows the address (a topology names it, a Via
holds it), and a look-up inside a send would stop every other message of the endpoint.
"""

import ipaddress
from functools import lru_cache


@lru_cache(maxsize=4096)
def numeric(host: str) -> str | None:
    """Return the IP address that a host stands for, without brackets, or None for a name."""
    if host == "localhost":
        return "127.0.0.1"
    bare = host[1:-1] if host[:1] == "[" and host[-1:] == "]" else host
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return None
    return bare
