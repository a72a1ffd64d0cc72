"""TS 24.379 F.1, the mcptt-info body: its form, its content, and on which hop."""

from mcsip.conformance import info_content, info_form
from mcsip.conformance.info_hops import add_hop_rules
from mcsip.conformance.info_rules import add_body_rules
from mcsip.conformance.ts24379.book import BOOK
from mcsip.mc.services import MCPTT

add_body_rules(BOOK, "F.1", MCPTT, info_form.ROWS)
add_body_rules(BOOK, "F.1", MCPTT, info_content.ROWS)
add_hop_rules(BOOK, "F.1", MCPTT)
