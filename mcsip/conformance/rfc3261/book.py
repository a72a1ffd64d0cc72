"""The rules of RFC 3261, collected by the decorators of its clause files."""

from mcsip.conformance.rule import RuleBook
from mcsip.mc.source import Grade

BOOK = RuleBook("rfc3261", "RFC 3261", Grade.READ)
