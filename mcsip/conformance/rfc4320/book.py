"""The rules of RFC 4320, collected by the decorators of its clause files."""

from mcsip.conformance.rule import RuleBook
from mcsip.mc.source import Grade

BOOK = RuleBook("rfc4320", "RFC 4320", Grade.GENERAL)
