"""How a process that carries traffic is set up: once, before its event loop runs."""

import gc

#: Allocations between two looks of the garbage collector at the youngest objects, and how many of
#: those looks make one at the older ones [ours]. Transactions live 32 s and are freed without the
#: collector; at its default of 700 it walks them again and again for a third of the CPU time.
GC_THRESHOLDS = (100_000, 50, 100)


def tune_garbage_collector() -> None:
    """Let the collector look less often, and never at what was loaded before the traffic."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
