"""The rules of topology hiding, collected by the decorators of their files."""

from mcsip.conformance.rule import RuleBook
from mcsip.mc.source import Grade

BOOK = RuleBook("hiding", "mcsip topology hiding", Grade.GENERAL)
