"""Lines of files as errors show them: without the secrets that people write into files.

A line with a fault in it is shown as it stands, but for the values of ``SECRET_KEYS`` and for the
passwords of URLs, wherever they are. Another text of the same length stands for them, so that what
is marked below the line stays below it. Where a secret ends cannot always be told from one line of
a file that is wrong: then more is hidden rather than less.
"""

import re

SECRET_KEYS = frozenset({"client_secret", "password", "store"})
"""Keys whose values are not shown; the URL of a registry may have a password in it."""

_STANDS_FOR = "hidden"
_KEY = re.compile(rf"(?<![\w-])([\"']?)(?:{'|'.join(sorted(SECRET_KEYS))})\1\s*:\s*")
_BLOCK = re.compile(r"(?:[|>][0-9+-]*)?\s*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"|' + r"'((?:[^']|'')*)'")
_END_IN_FLOW = re.compile(r"[,}\]]|\Z")
_SCHEME = re.compile(r"\w+://")
_USERINFO = re.compile(r"://[^\s:/@]*:(.*)@")
_PARAMETER = re.compile(r"password=([^\s&\"',}]*)")


def shown_line(line: str, before: str = "") -> str:
    """Return a line without secrets; as many characters.

    Args:
        line: the line.
        before: the line before it, which may end with the key of a value.
    """
    for begin, end in hidden_parts(line, before):
        line = line[:begin] + standing_for(end - begin) + line[end:]
    return line


def standing_for(length: int) -> str:
    """Return what stands for a secret of so many characters."""
    return _STANDS_FOR.ljust(length, "x")[:length]


def hidden_parts(line: str, before: str = "") -> list[tuple[int, int]]:
    """Return where secrets begin and end, from 0, in order. See ``shown_line``."""
    found = [_value(line, key.end()) for key in _KEY.finditer(line)]
    found += [part.span(1) for part in _USERINFO.finditer(line)]
    found += [part.span(1) for part in _PARAMETER.finditer(line)]
    if any(_BLOCK.fullmatch(before, key.end()) for key in _KEY.finditer(before)):
        found.append((len(line) - len(line.lstrip()), len(line)))
    joined: list[tuple[int, int]] = []
    for part in sorted(part for part in found if part[0] < part[1]):
        if joined and part[0] <= joined[-1][1]:
            last = joined.pop()
            joined.append((last[0], max(last[1], part[1])))
        else:
            joined.append(part)
    return joined


def _value(line: str, begin: int) -> tuple[int, int]:
    """Return where the value of a key is that begins at a place; the scheme of a URL is none."""
    quoted = _QUOTED.match(line, begin)
    if quoted is not None:
        begin, end = quoted.span(quoted.lastindex or 0)
    elif _depth(line[:begin]) > 0 and (found := _END_IN_FLOW.search(line, begin)) is not None:
        end = found.start()
    else:
        end = len(line)
    scheme = _SCHEME.match(line, begin, end)
    return (begin if scheme is None else scheme.end()), end


def _depth(text: str) -> int:
    """Return how many brackets are open at the end of a text."""
    return sum(map(text.count, "{[")) - sum(map(text.count, "}]"))
