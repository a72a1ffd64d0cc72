"""The header fields of SIP: their names, compact forms, and which of them are comma lists.

Sources: RFC 3261 section 20 and the RFC named at each row. A field that is not in the table is an
extension field: it is kept as it was read and never split at commas (RFC 3261 7.3.1).
"""

from typing import NamedTuple


class HeaderField(NamedTuple):
    """One row of the table.

    Attributes:
        name: the long name, in the usual spelling.
        compact: the compact form of one letter, or None.
        is_list: whether several values may stand in one field, separated by commas.
    """

    name: str
    compact: str | None = None
    is_list: bool = False


_ROWS = (
    # RFC 3261 section 20
    HeaderField("Accept", is_list=True),
    HeaderField("Accept-Encoding", is_list=True),
    HeaderField("Accept-Language", is_list=True),
    HeaderField("Alert-Info", is_list=True),
    HeaderField("Allow", is_list=True),
    HeaderField("Authentication-Info"),
    HeaderField("Authorization"),
    HeaderField("Call-ID", "i"),
    HeaderField("Call-Info", is_list=True),
    HeaderField("Contact", "m", is_list=True),
    HeaderField("Content-Disposition"),
    HeaderField("Content-Encoding", "e", is_list=True),
    HeaderField("Content-Language", is_list=True),
    HeaderField("Content-Length", "l"),
    HeaderField("Content-Type", "c"),
    HeaderField("CSeq"),
    HeaderField("Date"),
    HeaderField("Error-Info", is_list=True),
    HeaderField("Expires"),
    HeaderField("From", "f"),
    HeaderField("In-Reply-To", is_list=True),
    HeaderField("Max-Forwards"),
    HeaderField("Min-Expires"),
    HeaderField("MIME-Version"),
    HeaderField("Organization"),
    HeaderField("Priority"),
    HeaderField("Proxy-Authenticate"),
    HeaderField("Proxy-Authorization"),
    HeaderField("Proxy-Require", is_list=True),
    HeaderField("Record-Route", is_list=True),
    HeaderField("Reply-To"),
    HeaderField("Require", is_list=True),
    HeaderField("Retry-After"),
    HeaderField("Route", is_list=True),
    HeaderField("Server"),
    HeaderField("Subject", "s"),
    HeaderField("Supported", "k", is_list=True),
    HeaderField("Timestamp"),
    HeaderField("To", "t"),
    HeaderField("Unsupported", is_list=True),
    HeaderField("User-Agent"),
    HeaderField("Via", "v", is_list=True),
    HeaderField("Warning", is_list=True),
    HeaderField("WWW-Authenticate"),
    # extensions
    HeaderField("Accept-Contact", "a", is_list=True),  # RFC 3841 9.2
    HeaderField("Allow-Events", "u", is_list=True),  # RFC 6665 8.2.2
    HeaderField("Event", "o"),  # RFC 6665 8.2.1
    HeaderField("History-Info", is_list=True),  # RFC 7044 5
    HeaderField("P-Asserted-Identity", is_list=True),  # RFC 3325 9.1
    HeaderField("P-Asserted-Service", is_list=True),  # RFC 6050 4.1
    HeaderField("P-Preferred-Identity", is_list=True),  # RFC 3325 9.2
    HeaderField("P-Preferred-Service", is_list=True),  # RFC 6050 4.2
    HeaderField("Path", is_list=True),  # RFC 3327 4
    HeaderField("Reason", is_list=True),  # RFC 3326 2
    HeaderField("Refer-To", "r"),  # RFC 3515 2.1
    HeaderField("Referred-By", "b"),  # RFC 3892 3
    HeaderField("Reject-Contact", "j", is_list=True),  # RFC 3841 9.2
    HeaderField("Request-Disposition", "d", is_list=True),  # RFC 3841 9.1
    HeaderField("Service-Route", is_list=True),  # RFC 3608 5
    HeaderField("Session-Expires", "x"),  # RFC 4028 4
    HeaderField("SIP-ETag"),  # RFC 3903 11.3.1
    HeaderField("SIP-If-Match"),  # RFC 3903 11.3.2
)

#: The table by key (the long name in lower case).
HEADER_FIELDS = {row.name.lower(): row for row in _ROWS}

_KEYS = {row.name: row.name.lower() for row in _ROWS}
_KEYS |= {row.name.lower(): row.name.lower() for row in _ROWS}
_KEYS |= {row.compact: row.name.lower() for row in _ROWS if row.compact}
_KEYS |= {row.compact.upper(): row.name.lower() for row in _ROWS if row.compact}

key_in_usual_spelling = _KEYS.get


def canonical(name: str) -> str:
    """Return the key of a header field: its long name in lower case, whatever form it was read in.

    Compact and long forms are equal, in any case, and white space may stand before the colon
    (RFC 3261 7.3.1, 7.3.3).
    """
    key = _KEYS.get(name)
    if key is None:
        lowered = name.strip(" \t").lower()
        key = _KEYS.get(lowered, lowered)
    return key


def long_name(key: str) -> str:
    """Return the usual spelling of a key; an extension field is capitalised word by word."""
    row = HEADER_FIELDS.get(key)
    return row.name if row else "-".join(part.capitalize() for part in key.split("-"))


def is_list(key: str) -> bool:
    """Tell whether several values of this field may stand in one line, separated by commas."""
    row = HEADER_FIELDS.get(key)
    return row is not None and row.is_list


def split_list(value: str) -> list[str]:
    """Split a comma list into its values, stripped; commas in quotes and in ``<>`` do not count.

    Empty values (``a,,b``) are left out, as a lenient reader does.
    """
    if "," not in value:
        value = value.strip(" \t")
        return [value] if value else []
    items: list[str] = []
    start = 0
    quoted = escaped = False
    angle = 0
    for position, character in enumerate(value):
        if escaped:
            escaped = False
        elif quoted:
            if character == "\\":
                escaped = True
            elif character == '"':
                quoted = False
        elif character == '"':
            quoted = True
        elif character == "<":
            angle += 1
        elif character == ">":
            angle = max(0, angle - 1)
        elif character == "," and not angle:
            items.append(value[start:position].strip(" \t"))
            start = position + 1
    items.append(value[start:].strip(" \t"))
    return [item for item in items if item]
