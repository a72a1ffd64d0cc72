"""The corpus of bad traces: each is a good trace with one realistic mistake of an implementer.

``python -m tests.conformance.corpus DIR`` writes all of them as trace files, for a look with
``mcsip show`` and ``mcsip check``. A file ``corpus/<document>/<rule>-<short>.yaml`` says::

    mistake: The gateway forwards a request without a Via field of its own.
    base: authorization/success          # a shipped scenario, run in virtual time with seed 1
    change:
      - {from: partner.gateway, to: primary.gateway, is: MESSAGE, drop: [Via]}
    broken: [rfc3261/16.6/via]           # exactly these rules have findings

A base can also be a scenario with options (``loss`` and ``duplicate`` among them), or a trace that is
written down, here or as ``written/<stem>`` in a file of its own; then ``{a}`` in a text is the host
of node a, and ``Content-Length: *`` is filled in::

    base: {scenario: authorization/success, transport: udp, service: mcvideo, gateways: none, seed: 7}

    base:
      nodes: [{name: a, role: client}, {name: b, role: sip-core, system: x, domain: x.example}]
      messages:
        - from: a
          to: b
          at: 0.5
          text: |
            OPTIONS sip:b SIP/2.0
            Via: SIP/2.0/UDP {a};branch=z9hG4bK1
            Content-Length: *

``change`` is a list of edits, see ``tests/conformance/edits.py``: ``from``, ``to``, ``is`` (MC
message or method), ``step``, ``answer`` (a status code: the answer is meant), ``nth``, ``all`` and
``onward`` (also where a proxy forwards it) find messages; ``set``, ``drop``, ``add``, ``replace``,
``body``, ``lose``, ``vanish``, ``delay``, ``repeat``, ``copy_after`` and ``transport`` change them,
at the sender and at the receiver alike. ``release`` says which release
bodies are held against, 18 where it does not stand there. After its last message every trace is quiet for so long
that all of it has ended.

A rule may also be proven without a file: a test of its clause file has ``PROOFS``, by the id of the
rule a function that returns a good trace and one that returns a bad one.
"""

import sys
from functools import cache
from pathlib import Path

import yaml

from mcsip.conformance.views import Release
from mcsip.trace import Trace
from mcsip.tracefile import save_trace
from tests.conformance.bases import Inline, Shipped, Strict, copy_of, load_base
from tests.conformance.edits import Edit, apply

FOLDER = Path(__file__).parent / "corpus"
FILES = sorted(FOLDER.glob("*/*.yaml"))


class Bad(Strict):
    """A corpus file.

    Attributes:
        mistake: what the implementer did wrong, in a sentence.
        base: the good trace.
        change: what the mistake does to it.
        broken: ids of the rules that have findings.
        release: the release that bodies are held against.
    """

    mistake: str
    base: str | Shipped | Inline
    change: tuple[Edit, ...]
    broken: tuple[str, ...]
    release: Release = Release.R18


@cache
def load(path: Path) -> Bad:
    """Return a corpus file."""
    return Bad.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def name_of(path: Path) -> str:
    """Return the name of a corpus file: folder and stem."""
    return f"{path.parent.name}/{path.stem}"


def make(bad: Bad) -> Trace:
    """Return the bad trace."""
    trace = copy_of(load_base(bad.base))
    apply(trace, bad.change)
    return trace


def main() -> None:
    """Write all bad traces into a folder."""
    target = Path(sys.argv[1])
    for path in FILES:
        file = target / f"{name_of(path)}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        save_trace(make(load(path)), file)


if __name__ == "__main__":
    main()
