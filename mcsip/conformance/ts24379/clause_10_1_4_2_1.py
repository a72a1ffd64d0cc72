"""TS 24.379 10.1.4.2.1 (and 11.1.5.2.1), the pattern of a MESSAGE with an mcptt-info body."""

from mcsip.conformance.request_pattern import add_pattern_rules
from mcsip.conformance.ts24379.book import BOOK
from mcsip.mc.services import MCPTT

add_pattern_rules(BOOK, "10.1.4.2.1", MCPTT)
