"""Selection by an expression, as in ``-k "authorization and not (udp or tls)"``.

A word stands for "occurs, in whatever case, in the scenario's name, file, tags or clauses"; words
are joined by ``and``, ``or``, ``not`` and parentheses. Words side by side are joined by ``and``.
"""

import re
from collections.abc import Callable

from mcsip.errors import UsageError

Test = Callable[[str], bool]
_TOKEN = re.compile(r"\(|\)|\"[^\"]*\"|'[^']*'|[^\s()]+")


def parse_expression(text: str) -> Test:
    """Return a test of a text in lower case; raises UsageError when the expression is wrong."""
    tokens = _TOKEN.findall(text)
    if not tokens:
        raise UsageError("-k: the expression is empty")
    parser = _Parser(text, tokens)
    test = parser.either()
    if parser.left:
        raise UsageError(f"-k: {parser.left[0]!r} is not expected in {text!r}")
    return test


class _Parser:
    def __init__(self, text: str, tokens: list[str]) -> None:
        self.text = text
        self.left = tokens

    def either(self) -> Test:
        tests = [self.all_of()]
        while self.left and self.left[0] == "or":
            self.left.pop(0)
            tests.append(self.all_of())
        return lambda text: any(test(text) for test in tests)

    def all_of(self) -> Test:
        tests = [self.one()]
        while self.left and self.left[0] not in {"or", ")"}:
            if self.left[0] == "and":
                self.left.pop(0)
            tests.append(self.one())
        return lambda text: all(test(text) for test in tests)

    def one(self) -> Test:
        if not self.left:
            raise UsageError(f"-k: {self.text!r} ends too early")
        token = self.left.pop(0)
        if token == "not":  # noqa: S105  # a word of the expression
            inner = self.one()
            return lambda text: not inner(text)
        if token == "(":  # noqa: S105  # as above
            inside = self.either()
            if not self.left or self.left.pop(0) != ")":
                raise UsageError(f"-k: a ')' is missing in {self.text!r}")
            return inside
        if token in {")", "and", "or"}:
            raise UsageError(f"-k: {token!r} is not expected in {self.text!r}")
        word = token.strip("\"'").lower()
        return lambda text: word in text
