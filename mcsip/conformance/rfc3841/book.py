"""The rules of RFC 3841, collected by the decorators of its clause files."""

from mcsip.conformance.rule import RuleBook
from mcsip.mc.source import Grade

BOOK = RuleBook("rfc3841", "RFC 3841", Grade.GENERAL)
