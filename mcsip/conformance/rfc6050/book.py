"""The rules of RFC 6050, collected by the decorators of its clause files."""

from mcsip.conformance.rule import RuleBook
from mcsip.mc.source import Grade

BOOK = RuleBook("rfc6050", "RFC 6050", Grade.GENERAL)
