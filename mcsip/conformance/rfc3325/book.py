"""The rules of RFC 3325, collected by the decorators of its clause files."""

from mcsip.conformance.rule import RuleBook
from mcsip.mc.source import Grade

BOOK = RuleBook("rfc3325", "RFC 3325", Grade.GENERAL)
