"""Where servers elsewhere keep their records, as a load is told: ``NODE=DATABASE``."""

from collections.abc import Sequence
from pathlib import Path

from mcsip.errors import UsageError
from mcsip.mc.roles import Role
from mcsip.topology import Topology


def parse_databases(texts: Sequence[str], topology: Topology) -> dict[str, Path | str]:
    """Return the databases of servers elsewhere, files or URLs, by the name of the server.

    Args:
        texts: as the user wrote them.
        topology: whose servers they are.

    Raises:
        UsageError: one names no database, or no server that is elsewhere.
    """
    found: dict[str, Path | str] = {}
    nodes = topology.nodes
    for text in texts:
        name, equals, place = text.partition("=")
        if "://" in name:  # nothing of it is told: there may be a password in it
            raise UsageError("--records: a URL without its server: write NODE=DATABASE")
        if not equals or not place:
            raise UsageError(f"--records: {name!r} names no database: write NODE=DATABASE")
        if name not in nodes or nodes[name].role is not Role.MC_SERVER:
            from mcsip.document import hint_for

            servers = [each for each, node in nodes.items() if node.role is Role.MC_SERVER]
            hint = hint_for(name, servers, "servers of the topology")
            raise UsageError(f"--records: there is no MC service server {name!r}; {hint}")
        if not topology.mode(name).is_foreign:
            raise UsageError(
                f"--records: {name} runs in this process, and its records are read there; this is"
                " for servers elsewhere (--nodes served, or --sut)"
            )
        found[name] = place if "://" in place else Path(place)
    return found
