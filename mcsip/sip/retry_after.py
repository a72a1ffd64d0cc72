"""Retry-After: when a server that could not serve wants to be asked again (RFC 3261 20.33)."""

import re

from mcsip.sip.message import Response

MAX_RETRY_AFTER_S = 3600.0
"""The longest that is believed, in seconds: a peer cannot silence us for good [ours]."""

_SECONDS = re.compile(r"[0-9]{1,9}(?=$|[ \t;(])")


def retry_after_s(response: Response) -> float:
    """Return for how many seconds a response asks not to be asked again; 0 where it does not say.

    A comment and parameters that follow the number do not matter here; what cannot be read says
    nothing.
    """
    found = _SECONDS.match(response.first("retry-after") or "")
    return min(float(found[0]), MAX_RETRY_AFTER_S) if found else 0.0
