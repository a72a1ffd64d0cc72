"""The rules of TR 23.700-90, collected by the decorators of its clause file."""

from mcsip.conformance.rule import RuleBook
from mcsip.mc.source import Grade

BOOK = RuleBook("tr23700-90", "TR 23.700-90", Grade.SEED)
