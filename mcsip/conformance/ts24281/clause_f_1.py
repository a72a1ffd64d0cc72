"""TS 24.281 F.1, the mcvideo-info body: its form, its content, and on which hop."""

from mcsip.conformance import info_content, info_form
from mcsip.conformance.info_hops import add_hop_rules
from mcsip.conformance.info_rules import add_body_rules
from mcsip.conformance.ts24281.book import BOOK
from mcsip.mc.services import MCVIDEO

add_body_rules(BOOK, "F.1", MCVIDEO, info_form.ROWS)
add_body_rules(BOOK, "F.1", MCVIDEO, info_content.ROWS)
add_hop_rules(BOOK, "F.1", MCVIDEO)
