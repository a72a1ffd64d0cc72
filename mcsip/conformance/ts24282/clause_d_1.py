"""TS 24.282 D.1, the mcdata-info body: its form, its content, and on which hop."""

from mcsip.conformance import info_content, info_form
from mcsip.conformance.info_hops import add_hop_rules
from mcsip.conformance.info_rules import add_body_rules
from mcsip.conformance.ts24282.book import BOOK
from mcsip.mc.services import MCDATA

# Which elements MCData has in anyExt was not obtainable, so that no name is unknown.
FORM = tuple(row for row in info_form.ROWS if row.name != info_form.EXTENSION_KNOWN)

add_body_rules(BOOK, "D.1", MCDATA, FORM)
add_body_rules(BOOK, "D.1", MCDATA, info_content.ROWS)
add_hop_rules(BOOK, "D.1", MCDATA)
