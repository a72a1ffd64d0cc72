"""scaling.md: what to use when, and how far it goes on paper, from the figures of scaling.json.

What one registration keeps in memory is measured with very many of them for performance.md, and
taken from performance.json.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from textwrap import fill
from typing import Any

from mcsip.nodes.mc_server import HELD_WAITS_S
from mcsip.store.postgresql_link import ANSWER_S, BOUNDS, PAUSE_S

FIGURES = Path(__file__).with_name("scaling.json")
"""Written by ``python -m benchmarks.scaling --json docs/scaling.json``."""
PERFORMANCE = Path(__file__).with_name("performance.json")
"""Written by ``python -m benchmarks all --json docs/performance.json``."""

USERS = 500_000
PARTNERS = 100
WINDOW_S = 600.0
"""In how long users migrate, or register again, where many do at once."""
INCIDENT_SHARE = 0.1
"""The share of users who migrate within that time when something great happens."""
REFRESH_S = 3600.0
"""How often a registration is refreshed."""
LOADED = 0.6
"""How much of one core a process is planned to need, so that peaks find room."""
MIB = 2**20
WIDTH = 120

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Layout:
    """The figures of one layout, per flow."""

    row: Row

    def part(self, *names: str) -> float:
        """Return microseconds of CPU of some parts per flow."""
        spent: dict[str, float] = self.row["cpu_s"]
        return sum(spent.get(name, 0.0) for name in names) / self.flows * 1e6

    @property
    def flows(self) -> int:
        return int(self.row["flows"])

    @property
    def nodes(self) -> float:
        """Microseconds of CPU per flow of all nodes and their database."""
        return self.part("servers", "cores and gateways", "postgresql")

    @property
    def per_second(self) -> float:
        return self.flows / float(self.row["wall_s"])

    @property
    def busiest(self) -> float:
        return float(self.row["busiest_s"]) / self.flows * 1e6

    @property
    def ceiling(self) -> float:
        """Flows per second at which each server of one system needs ``LOADED`` of a core.

        Both systems have as many servers, which share the work evenly.
        """
        return LOADED * int(self.row["servers"]) * 2 * 1e6 / self.part("servers")

    def each(self, key: str) -> float:
        """Return a figure of the whole run per flow, or per user: there is one flow of each."""
        return float(self.row[key]) / self.flows


def render_scaling(figures: Row | None = None) -> str:
    """Return what follows the title of scaling.md.

    Args:
        figures: those of a run; None: the committed ones.
    """
    if figures is None:
        figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    assert figures is not None, "read above"
    layouts = {row["layout"]: _Layout(row) for row in figures["layouts"]}
    machine = ", ".join(f"{key} {value}" for key, value in figures["machine"].items())
    parts = [
        _INTRODUCTION.format(machine=machine),
        *_choice(layouts),
        *_registry(layouts),
        *_transports(layouts, figures["connections"]),
        *_partners(figures["partners"]),
        *_locust(figures["generators"]),
        *_nation(layouts, figures),
    ]
    return "\n".join(_wrapped(part) for part in parts)


def _wrapped(part: str) -> str:
    """Return a part of the page with its prose in lines; tables, titles and commands stay."""
    return "\n\n".join(_filled(block) for block in part.strip("\n").split("\n\n")) + "\n"


def _filled(block: str) -> str:
    if block.startswith(("|", "#", "    ")):
        return block
    items = block.replace("\n- ", "\n\n- ").split("\n\n")
    return "\n".join(
        fill(
            " ".join(item.split()),
            WIDTH,
            subsequent_indent="  " if item.startswith("- ") else "",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for item in items
    )


def _table(*lines: tuple[str, ...]) -> str:
    head, *rows = lines
    return (
        "\n".join("| " + " | ".join(line) + " |" for line in (head, ("---",) * len(head), *rows))
        + "\n"
    )


def _us(value: float) -> str:
    return f"{value:,.0f} µs"


_INTRODUCTION = """\
Measured figures come from one run of

    python -m benchmarks.scaling --json docs/scaling.json

on this machine: {machine}. This page is written from that file by `make docs`; run the command on
your own machine and it says what holds there. **Measured** and **calculated** are kept apart: what
is calculated says from what. Times are CPU times of the operating system's accounting. A *flow* is
the complete service authorization for migration, twelve steps through both gateways, bodies
validated, records committed durably in both systems.
"""


def _choice(layouts: dict[str, _Layout]) -> Iterator[str]:
    yield "## Which layout\n"
    flows = layouts["one process"].flows
    yield (
        f"Measured, over TCP, {flows} flows in each layout, 50 at a time, by users in one further"
        " process. What a commit waits for the disk is no CPU time, but is in the flows/s; those"
        " also depend on what else the machine does, so trust the CPU columns first:\n"
    )
    head = ("layout", "flows/s", "CPU of the nodes per flow", "busiest process per flow")
    rows = [
        (name, f"{x.per_second:.0f}", _us(x.nodes), _us(x.busiest))
        for name, x in layouts.items()
        if x.row["transport"] == "tcp"
    ]
    yield _table(head, *rows)
    one, apart = layouts["one process"], layouts["a process per node"]
    system = layouts["a process per system"]
    yield (
        "- **One process** (`mcsip run`, `mcsip load`, `mcsip serve` with all nodes): the"
        " simplest,"
        f" {_us(one.nodes)} per flow. Up to about {LOADED * 1e6 / one.nodes:.0f} flows/s at"
        f" {LOADED:.0%} of a core (calculated). Right for scenarios, plugtests, and load at one"
        " peer.\n"
        f"- **A process per system** (`mcsip serve SYSTEM`): {system.nodes / one.nodes:.2f} times"
        f" as much in all, and the busiest process {system.busiest / one.busiest:.0%} of it; with a"
        f" core for each it would go to {LOADED * 1e6 / system.busiest:.0f} flows/s at"
        f" {LOADED:.0%} of the busiest core (calculated). Right for two cores, or for two systems"
        " on two machines.\n"
        f"- **A process per node** (`mcsip serve` for each): costs {apart.nodes / one.nodes:.2f}"
        " times"
        f" as much in all, but the busiest process only {apart.busiest / one.busiest:.0%} of it."
        f" With a core for each process it would go to {LOADED * 1e6 / apart.busiest:.0f} flows/s"
        f" at {LOADED:.0%} of the busiest core (calculated); with two cores for six processes and"
        " the users it cannot. Right when nodes must be killed, watched or placed one by one.\n"
        "- **Several servers on one registry** (`store: postgresql://…`): when a server must not be"
        " missed. See below: not for speed.\n"
        "- **Locust** (master and workers): when one machine cannot make the calls, or a team wants"
        " the page. See below.\n"
    )


def _registry(layouts: dict[str, _Layout]) -> Iterator[str]:
    shared = [x for x in layouts.values() if x.row["store"] == "postgresql"]
    if not shared:
        return
    base = layouts["servers apart"]
    yield "## Several servers on one registry\n"
    yield (
        "Measured: each MC service server a process, cores and gateways together in another;"
        " PostgreSQL with its own settings (`fsync` on) on the same machine, a registry for each"
        " system:\n"
    )
    head = ("servers of each system", "flows/s", "servers", "database", "log forced to disk", "log")
    rows = [
        ("1, SQLite file", f"{base.per_second:.0f}", _us(base.part("servers")), "in it", "", "")
    ]
    rows += [
        (
            f"{x.row['servers']}, PostgreSQL",
            f"{x.per_second:.0f}",
            _us(x.part("servers")),
            _us(x.part("postgresql")),
            f"{x.each('syncs'):.2f} per flow",
            f"{x.each('written_octets'):.0f} octets per flow",
        )
        for x in shared
    ]
    yield _table(head, *rows)
    first, last = shared[0], shared[-1]
    slower = all(x.per_second < base.per_second for x in shared)
    seen = "slower" if slower else "dearer, though not slower in every row,"
    yield (
        f"**On this machine sharing is {seen} than one server with a file of its own, with any"
        f" number of servers**: the nodes' CPU per flow is {first.nodes / base.nodes:.2f} times as"
        f" much with one server on PostgreSQL, and {last.nodes / base.nodes:.2f} times with"
        f" {last.row['servers']}, and all processes share the machine's cores. Every statement is a"
        " round trip that the event loop waits for; the fewer users a server has, the fewer"
        " commits are made together; and more processes take turns on the same cores.\n"
    )
    enough = next((x for x in shared if x.ceiling > base.ceiling), None)
    tells = "; ".join(f"{x.row['servers']} on PostgreSQL {x.ceiling:.0f}" for x in shared)
    verdict = (
        f"it takes {enough.row['servers']} servers on PostgreSQL to carry more than one with a file"
        if enough is not None
        else "not even so many servers on PostgreSQL carry more than one with a file"
    )
    yield (
        "Calculated, as if every server had a core of its own and the database as many as it needs:"
        f" with {LOADED:.0%} of each core the servers of a system carry, in flows/s, 1 with a file"
        f" {base.ceiling:.0f}; {tells}. So"
        f" {verdict}. What sharing buys is that the others go on when one is killed, without a lost"
        " or half-migrated user: `tests/system/test_shared_registry.py` does that under load.\n"
    )
    held = (
        sum(HELD_WAITS_S)
        + (1 + len(HELD_WAITS_S)) * float(BOUNDS["lock_timeout"].removesuffix("ms")) / 1000
    )
    yield _FAILURES.format(
        lock=BOUNDS["lock_timeout"].replace("ms", " ms"),
        held=held,
        idle=BOUNDS["idle_in_transaction_session_timeout"].replace("s", " s"),
        statement=BOUNDS["statement_timeout"].replace("s", " s"),
        answer=ANSWER_S,
        pause=PAUSE_S,
    )


_FAILURES = """\
What goes wrong with the database, and what comes of it:

- **Somebody holds a record** (a session that locks its row): a server waits {lock} for it, and with
  it everybody else of the same turn of its event loop, who then go on at once. The record's own
  user is tried again for about {held:.0f} s, with longer and longer pauses; then it is answered 500
  with Retry-After (RFC 3261 21.5.1). A server that stands still in the middle of a transaction is
  made to let go after {idle}, so that its siblings get through.
- **The database does not answer**: a statement is ended after {statement} by the database, or
  after {answer:g} s by the server, which until then stands still. The connection is lost then, as
  it is when the database is stopped.
- **The connection is lost**: a new one is tried in the background, one try at a time and none
  sooner than {pause:g} s after the last one failed. Meanwhile whatever needs a record is answered
  503 with Retry-After (21.5.4); SIP cores and gateways ask the next server, and tell the client 500
  with the same Retry-After where there is none (16.7 item 6).
- **It is lost in the commit itself**: nobody knows whether it was made. The request is answered
  503 all the same. If it was made, that is as if the server had died between commit and answer:
  what is owed to the other system stands in the same commit and is delivered, and the two records
  agree in the end.

Whoever sets these limits otherwise, in the URL (`?options=-c%20lock_timeout%3D1s`), for the user or
the database, keeps what was set. The further parameters of the URL are those of libpq; what means
something in a URL is written as `%XX` in a name or a password. A password need not stand in the
topology: libpq also takes it from the environment (`PGPASSWORD`) or from `~/.pgpass`. It is shown
nowhere.
"""


def _transports(layouts: dict[str, _Layout], connections: Row) -> Iterator[str]:
    tcp, udp = layouts["one process"], layouts["one process, UDP"]
    each = _connection_octets(connections)
    yield "## UDP or TCP\n"
    yield _table(
        ("measured, all nodes in one process", "TCP", "UDP"),
        ("CPU of the nodes per flow", _us(tcp.nodes), _us(udp.nodes)),
        (
            "memory that nodes grow by with registrations, per user",
            f"{tcp.each('registered_octets'):.0f} octets",
            f"{udp.each('registered_octets'):.0f} octets",
        ),
        (
            "memory that a flow leaves at its end",
            f"{tcp.each('migrated_octets'):.0f} octets",
            f"{udp.each('migrated_octets'):.0f} octets",
        ),
        ("a connection of one's own at the SIP core", f"{each:.0f} octets", "none"),
    )
    yield (
        "Over UDP transactions stay for 32 s, to absorb what is repeated (RFC 3261 17.1.2.2,"
        " Timers J"
        " and K); what they take comes back. A request above 1300 octets goes over TCP in any case"
        " (RFC 3261 18.1.1). With these few users, registrations also fill caches and the"
        " interpreter's blocks of memory; with very many of them one keeps"
        f" {_registration_octets():.0f} octets ([performance.md](performance.md), Growth)."
        " A TCP connection also takes memory of the system's kernel and a file"
        " descriptor, which this does not count. Between systems use TCP: there are few"
        " connections,"
        " and nothing is repeated. Towards many users UDP saves their connections, and nothing"
        " else.\n"
    )


def _connection_octets(connections: Row) -> float:
    grown = float(connections["own_octets"]) - float(connections["shared_octets"])
    return grown / float(connections["users"])


def _registration_octets() -> float:
    """Return what one registration keeps in the SIP core, measured with very many of them."""
    figures = json.loads(PERFORMANCE.read_text(encoding="utf-8"))["figures"]
    return float(figures["growth"][0]["binding_octets"])


def _partners(rows: list[Row]) -> Iterator[str]:
    yield "## Many partner systems\n"
    yield (
        "Measured: users go to all partners in turn; every partner has a SIP core, a server and a"
        " gateway, and all nodes and users are in one process:\n"
    )
    lines = [
        (str(row["partners"]), _us(_flow_us(row)), f"{row['commits'] / row['flows']:.2f}")
        for row in rows
    ]
    head = ("partner systems", "CPU per flow, users included", "commits to the disk per flow")
    yield _table(head, *lines)
    ratio = _flow_us(rows[-1]) / _flow_us(rows[0])
    each = rows[-1]["flows"] // rows[-1]["partners"]
    yield (
        f"With {rows[-1]['partners']} partners a flow costs {ratio:.2f} times as much as with"
        f" {rows[0]['partners']}, here with {each} flows to each"
        " partner. Connections were open before. Every server has a database of its own: what"
        " comes to one of them within a turn of the event loop is committed together, and the more"
        " of them there are, the less comes together.\n"
    )


def _flow_us(row: Row) -> float:
    return float(row["cpu_s"]) / float(row["flows"]) * 1e6


def _locust(rows: list[Row]) -> Iterator[str]:
    yield "## Locust\n"
    yield _LOCUST
    yield (
        "Measured, CPU of the generating process per call (token, registration, authorization, and"
        " the way home), without what starting it takes:\n"
    )
    costs = {row["name"]: float(row["cpu_s"]) / float(row["calls"]) * 1e6 for row in rows}
    room = {name: LOADED * 1e6 / cost for name, cost in costs.items()}
    lines = [(name, _us(cost), f"{room[name]:.0f}") for name, cost in costs.items()]
    head = ("generator", "CPU per call", f"calls/s at {LOADED:.0%} of a core (calculated)")
    yield _table(head, *lines)
    yield (
        "`mcsip load` is an open loop: calls begin when they are due, at a rate of the whole. Under"
        " Locust each user has a pace: its calls are due so many seconds after each other and are"
        " measured from then, one at a time. Take `mcsip load` until one process is not enough.\n"
    )


_LOCUST = """\
    .venv/bin/pip install -e '.[load]'              # outside a clone: pip install 'mcsip[load]'
    mcsip serve primary partner --topology load.topology.yaml --users 300 --data data
    F=$(python -m mcsip.load.locustfile)
    locust -f "$F" --master --scenario load.yaml --pace 2 --enable-rebalancing \\
        --records primary.server=data/primary.server.sqlite \\
        --records partner.server=data/partner.server.sqlite     # its page: port 8089
    locust -f "$F" --worker --master-host MASTER                # one for each core

`load.yaml` is a scenario in which only clients act, and every node of its topology has an `address`
([load.md](load.md) has both files). The files must be at the same place on every machine of the
load. Each worker has a block of users to itself: of 200 users for two workers the first has 1 to
100, the second 101 to 200; `--users-per-worker` makes the blocks larger than Locust's users need
now. Locust counts its workers and uses no number twice: one that joins later, or is started in the
place of another, has the next block. So the servers must know more users than are at work: here
`--users 300`, for two workers and one that is started again. `--enable-rebalancing` lets Locust
move users to a worker as soon as it joins, and away from one that it misses; without it that can
take a minute.

In the page each step is a row of type `SIP`, a whole call one of type `CALL`; failures are told by
their reason, the first twenty of a worker in full in its log. Where nodes are on other machines,
clients listen on the address that leads there. With `--transport tls` they speak TLS with the
certificates that the topology names for them (`mcsip certs`).

When the master ends, it waits until nothing is owed between the systems (`--quiet-within`), and
holds their records against each other as `mcsip load` does: those of a registry that the topology
names, and those that `--records` names. Its exit code is then 1 where somebody is half-migrated,
4 where something is still owed or records cannot be read; 2 and 3 say that arguments or a file are
wrong, and 1 also stands for calls that failed, unless `--exit-code-on-error` says otherwise.
"""


def _nation(layouts: dict[str, _Layout], figures: Row) -> Iterator[str]:
    apart, shared = layouts["a process per node"], layouts.get("registry, 2")
    server = shared or apart
    rate = USERS * INCIDENT_SHARE / WINDOW_S
    again = USERS / WINDOW_S
    refresh = USERS / REFRESH_S
    registering = apart.each("registering_s") * 1e6
    registered = _registration_octets()
    connection = _connection_octets(figures["connections"])
    database = rate * server.part("postgresql") / 1e4
    forced, written = rate * server.each("syncs"), server.each("written_octets")
    log = rate * written / 1e6
    many = _flow_us(figures["partners"][-1]) / _flow_us(figures["partners"][0])
    serving = rate * server.part("servers") * many / 1e6
    needed = ceil(serving / LOADED)
    yield f"## On paper: {USERS:,} users and {PARTNERS} partner systems\n"
    yield (
        "**Calculated** from the figures above, and tried by nobody. It supposes that costs grow"
        " with"
        " the rate and memory with the users. What is supposed of the users is our own choice"
        " [ours]:"
        f" all registered, each registration refreshed every {REFRESH_S:.0f} s; when something"
        " great"
        f" happens {INCIDENT_SHARE:.0%} of them migrate within {WINDOW_S / 60:.0f} minutes, and"
        " after"
        f" an outage all register again within {WINDOW_S / 60:.0f} minutes. A process is planned to"
        f" need {LOADED:.0%} of a core. The nodes' cost of a flow is that of both systems together,"
        " as if the national system bore it alone; so the need is overstated.\n"
    )
    yield _table(
        ("what", "how much", "from"),
        ("flows when something great happens", f"{rate:.0f}/s", "the supposition"),
        (
            "MC service servers on a registry for that",
            f"{serving:.0%} of a core: {needed}, and one to spare",
            f"{_us(server.part('servers'))} per flow, times {many:.2f} for the partners",
        ),
        (
            "the database for that",
            f"{database:.0f}% of a core, {forced:.0f} forced writes/s, {log:.2f} MB/s",
            f"{server.each('syncs'):.2f} forced writes, {written:.0f} octets per flow",
        ),
        (
            "SIP cores and gateways for that",
            f"{rate * apart.part('cores and gateways') * many / 1e6:.0%} of a core",
            f"{_us(apart.part('cores and gateways'))} per flow, times {many:.2f}",
        ),
        (
            "refreshed registrations",
            f"{refresh:.0f}/s, {refresh * registering / 1e4:.0f}% of a core",
            f"{_us(registering)} per registration",
        ),
        (
            "all registered again after an outage",
            f"{again:.0f}/s, {again * registering / 1e4:.0f}% of a core",
            "the same",
        ),
        (
            "memory of the registrations",
            f"{USERS * registered / MIB:,.0f} MiB",
            f"{registered:.0f} octets per registration (performance.md)",
        ),
        (
            "and of TCP connections, one each",
            f"{USERS * connection / MIB:,.0f} MiB, {USERS:,} file descriptors",
            f"{connection:.0f} octets per connection, the kernel's own not counted",
        ),
        (
            "connections between gateways",
            f"up to {2 * PARTNERS}",
            "one each way with each partner",
        ),
    )
    yield _LIMITS


_LIMITS = """\
What stands in the way, beyond rates:

- A system has **one SIP core**, one process, whose registrations are in memory. It carries the
  flows and the refreshing above, but not half a million TCP connections without raised limits of
  the system (`ulimit -n`, kernel memory), and when it is started again everybody must register
  again. A national system takes a SIP core of another make; `mcsip` is there to test with it.
- The **registry** is one PostgreSQL database; that it survives its machine is a matter of
  PostgreSQL's replication.
- A topology **lists its users** and is read by every process when it starts.
- A **gateway** is one process for each system. All flows with all partners pass it.
"""
