"""The rules of RFC 3428, collected by the decorators of its clause files."""

from mcsip.conformance.rule import RuleBook
from mcsip.mc.source import Grade

BOOK = RuleBook("rfc3428", "RFC 3428", Grade.GENERAL)
