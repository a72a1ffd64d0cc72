"""The whole matrix, printed: ``python -m tests.matrix [SETTING...]``, or ``make matrix``."""

import logging
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from .points import Case
from .procedures import SETTINGS, procedures_of
from .run import Report, cases_of, run_case
from .table import render_table

CHUNK = 16


def main(settings: Sequence[str]) -> int:
    """Run everything, print the tables, then every fault; return the exit code."""
    logging.disable(logging.WARNING)
    unknown = sorted(set(settings) - set(SETTINGS))
    if unknown:
        sys.stderr.write(f"settings are {', '.join(SETTINGS)}; not {', '.join(unknown)}\n")
        return 2
    began = time.monotonic()
    faults: list[tuple[Case, Report]] = []
    count = 0
    with ProcessPoolExecutor() as pool:
        for setting in settings or SETTINGS:
            for procedure in procedures_of(setting):
                cases = cases_of(setting, procedure)
                reports = list(pool.map(run_case, cases, chunksize=CHUNK))
                results = {c: not r.faults for c, r in zip(cases, reports, strict=True)}
                sys.stdout.write(render_table(f"{procedure} ({setting})", results) + "\n")
                sys.stdout.flush()
                faults += [(c, r) for c, r in zip(cases, reports, strict=True) if r.faults]
                count += len(cases)
    for case, report in faults:
        sys.stdout.write(f"{case}\n" + "".join(f"    {fault}\n" for fault in report.faults))
    elapsed_s = time.monotonic() - began
    sys.stdout.write(f"{count} cases in {elapsed_s:.0f} s, {len(faults)} with a fault\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
