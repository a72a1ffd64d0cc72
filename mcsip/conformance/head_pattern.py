"""Heads of one form, cut in one go: when most messages of a way look alike, the next one does, too.

A pattern finds the same names in a head as ``Cutter.head``, or none: its texts are those between
the names of a head that was cut, so that in no other place of another head a name can begin, and
each name that it finds is held against what ``Cutter.head`` would ask of it.
"""

import re

from mcsip.conformance.names import LENGTH, LETTERS_OF, Cut, Cutter, places_in


class HeadPattern:
    """Cuts heads that differ in names only.

    Args:
        cutter: cuts all others.
        cut: one of them, cut, with the length of its body as a name.
    """

    __slots__ = ("_length_at", "_match", "_parts", "_tests")

    def __init__(self, cutter: Cutter, cut: Cut) -> None:
        assert cut.counted
        self._parts = cut.parts
        places = list(places_in(cut.parts))
        kinds = [kind for _, kind in places if kind]
        self._length_at = [place for place, kind in enumerate(kinds) if kind == LENGTH]
        tests = [(place, cutter.test_of(kind)) for place, kind in enumerate(kinds)]
        self._tests = [(place, test) for place, test in tests if test is not None]
        pattern = [
            re.escape(text) + (f"({LETTERS_OF[kind[0]]})" if kind else "") for text, kind in places
        ]
        self._match = re.compile("".join(pattern)).fullmatch

    def cut(self, text: str, body_octets: str) -> Cut | None:
        """Return a head, cut, or None: it is none of these.

        Args:
            text: the head.
            body_octets: how many octets stand after the empty line.
        """
        found = self._match(text)
        if found is None:
            return None
        names = found.groups()
        for place in self._length_at:
            if names[place] != body_octets:
                return None
        for place, test in self._tests:
            if not test(names[place]):
                return None
        return Cut(self._parts, names, counted=True)
