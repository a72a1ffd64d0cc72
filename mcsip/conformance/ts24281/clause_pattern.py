"""TS 24.281, its MESSAGE, by analogy with TS 24.379 10.1.4.2.1 [gen]: the clause is not known."""

from mcsip.conformance.request_pattern import add_pattern_rules
from mcsip.conformance.ts24281.book import BOOK
from mcsip.mc.services import MCVIDEO

add_pattern_rules(BOOK, "pattern", MCVIDEO)
