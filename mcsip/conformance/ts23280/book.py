"""The rules of TS 23.280, collected by the decorators of its clause files."""

from mcsip.conformance.rule import RuleBook
from mcsip.mc.source import Grade

BOOK = RuleBook("ts23280", "TS 23.280", Grade.SEED)
