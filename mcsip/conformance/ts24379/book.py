"""The rules of TS 24.379, collected by the decorators of its clause files."""

from mcsip.conformance.rule import RuleBook
from mcsip.mc.source import Grade

BOOK = RuleBook("ts24379", "TS 24.379", Grade.READ)
