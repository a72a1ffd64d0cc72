"""Covering up single header fields: the sweep of topology hiding, and what it puts in place.

Header fields repeat from message to message (services, feature tags, identities), so a verdict is
remembered by the field's octets; only what is new is searched.
"""

from collections import Counter

from mcsip.sip.field import Field, make_field
from mcsip.sip.headers import long_name, split_list
from mcsip.sip.proxy.names import InnerNames, PublicFace, compile_sweep

#: Verdicts that are remembered, and the longest field that is, in characters [ours]: at most 4 MB.
MAX_VERDICTS = 4096
MAX_REMEMBERED = 512

# Lists of addresses whose inner ones are replaced by the gateway's identity.
_IDENTITIES = frozenset(
    {
        "diversion",  # RFC 5806
        "history-info",  # RFC 7044
        "p-asserted-identity",  # RFC 3325
        "p-associated-uri",  # RFC 7315
        "p-called-party-id",  # RFC 7315
        "p-preferred-identity",  # RFC 3325
        "p-served-user",  # RFC 5502
        "referred-by",  # RFC 3892
        "remote-party-id",
        "reply-to",  # RFC 3261 20.31
    }
)
_PRODUCTS = frozenset({"server", "user-agent"})


class Cover:
    """Finds and replaces what is inner in single fields.

    Attributes:
        removed: how many fields of each name were removed because they still named inner things.
        shown: by the octets of a field what is seen of it outside; fields that are removed are not
            here.
    """

    __slots__ = ("_face", "_search", "removed", "shown")

    def __init__(self, names: InnerNames, face: PublicFace) -> None:
        self._face = face
        self._search = compile_sweep(names, face).search
        self.shown: dict[str, Field] = {}
        self.removed: Counter[str] = Counter()

    def shows(self, text: str) -> bool:
        """Tell whether a text holds an inner name, address or port."""
        return self._search(text.lower()) is not None

    def field(self, field: Field) -> Field | None:
        """Return the field as it may be seen outside, or None when it must not be.

        Look into ``shown`` first; this is for what is not found there.
        """
        seen = self._judge(field)
        if seen is None:
            self.removed[field[0]] += 1
        elif len(raw := field[2]) <= MAX_REMEMBERED:
            if len(self.shown) >= MAX_VERDICTS:
                self.shown.clear()
            self.shown[raw] = seen
        return seen

    def _judge(self, field: Field) -> Field | None:
        key, value, raw = field
        if key in _PRODUCTS:
            return self._product(key)
        if not self.shows(raw):
            return field
        if key in _IDENTITIES:
            items = [self._identity(item) for item in split_list(value)]
        elif key == "warning":
            items = [self._warning(item) for item in split_list(value)]
        elif key == "route":
            items = ["" if self.shows(item) else item for item in split_list(value)]
        else:
            return None
        kept = ", ".join(item for item in items if item)
        return make_field(long_name(key), kept) if kept else None

    def _product(self, key: str) -> Field | None:
        """Return Server or User-Agent of the gateway, or None: it has none."""
        product = self._face.product
        return None if product is None else make_field(long_name(key), product)

    def _identity(self, item: str) -> str:
        """Return an address, or the gateway's in its place; parameters that tell nothing stay."""
        if not self.shows(item):
            return item
        parameters = item.rpartition(">")[2] if ">" in item else ""
        kept = "".join(f";{p}" for p in parameters.split(";")[1:] if not self.shows(p))
        return f"<{self._face.identity}>{kept}"

    def _warning(self, item: str) -> str:
        """Return a Warning value whose agent is the gateway; none when its text still tells."""
        code, _, rest = item.partition(" ")
        text = rest.partition(" ")[2]
        return "" if self.shows(text) else f"{code} {self._face.agent or self._face.host} {text}"
