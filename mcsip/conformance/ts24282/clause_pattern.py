"""TS 24.282, its MESSAGE, by analogy with TS 24.379 10.1.4.2.1 [gen]: the clause is not known."""

from mcsip.conformance.request_pattern import add_pattern_rules
from mcsip.conformance.ts24282.book import BOOK
from mcsip.mc.services import MCDATA

add_pattern_rules(BOOK, "pattern", MCDATA)
