"""The nodes of a capture as a table for people."""

from collections import defaultdict
from collections.abc import Mapping

from mcsip.trace import Trace

MAX_ROWS = 60
"""How many nodes are shown; the rest is counted [ours]."""
MAX_ADDRESSES = 2
"""How many addresses of a node are shown [ours]."""

_HEADS = ("node", "role", "system", "domain", "address", "known by")


def describe_nodes(trace: Trace, reasons: Mapping[str, str] | None = None) -> str:
    """Return the table, one line for each node, without a final line end.

    Args:
        trace: knows nodes and addresses.
        reasons: how each node came to be known, by name; nothing is shown where None.
    """
    addresses: dict[str, list[str]] = defaultdict(list)
    for (host, port), name in trace.addresses.items():
        addresses[name].append(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    rows = [_HEADS]
    for name, node in list(trace.nodes.items())[:MAX_ROWS]:
        role = "?" if node.role is None else node.role.value
        shown = ", ".join(addresses[name][:MAX_ADDRESSES])
        if len(addresses[name]) > MAX_ADDRESSES:
            shown += f" and {len(addresses[name]) - MAX_ADDRESSES} more"
        reason = "" if reasons is None else reasons.get(name, "")
        rows.append((name, role, node.system or "?", node.domain or "?", shown, reason))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS) - 1)]
    lines = [
        "  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[-1]])
        for row in rows
    ]
    if reasons is None:
        lines = [line.removesuffix("known by") for line in lines]
    if len(trace.nodes) > MAX_ROWS:
        lines.append(f"and {len(trace.nodes) - MAX_ROWS} more")
    return "\n".join(line.rstrip() for line in lines)
