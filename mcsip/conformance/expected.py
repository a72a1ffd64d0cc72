"""Which heads are expected on a way: those that often came there before are tried first."""

from collections.abc import Hashable

from mcsip.conformance.head_pattern import HeadPattern
from mcsip.conformance.names import Cut, Cutter

MIN_SEEN = 64
"""How often a form of heads is cut before it gets a pattern [ours]: making one takes as long."""
MAX_TRIED = 6
"""Patterns that are tried on one way [ours]."""
MAX_PATTERNS = 512
"""Patterns that are kept [ours]: about 10 MB."""
MAX_COUNTED = 8192
"""Forms of heads, and ways, that are counted [ours]."""


class Expected:
    """Cuts heads, those that are expected by their patterns.

    Args:
        cutter: cuts all others.
    """

    def __init__(self, cutter: Cutter) -> None:
        self._cutter = cutter
        self._by_way: dict[Hashable, list[HeadPattern]] = {}
        self._patterns: dict[tuple[str, ...], HeadPattern] = {}
        self._seen: dict[tuple[str, ...], int] = {}

    def cut(self, text: str, body_octets: int, way: Hashable) -> Cut:
        """Cut a head.

        Args:
            text: start line and header fields.
            body_octets: how many octets stand after the empty line.
            way: tells together what is likely to look alike.
        """
        counted = str(body_octets)
        for pattern in self._by_way.get(way, ()):
            cut = pattern.cut(text, counted)
            if cut is not None:
                return cut
        cut = self._cutter.head(text, counted)
        if not cut.counted:
            return cut  # another one of the same octets may be, where its body is longer
        seen = self._seen.get(cut.parts, 0)
        if seen >= MIN_SEEN:
            self._expect(cut, way)
        else:
            if len(self._seen) >= MAX_COUNTED:
                self._seen.clear()
            self._seen[cut.parts] = seen + 1
        return cut

    def _expect(self, cut: Cut, way: Hashable) -> None:
        """Try this form of heads from now on, too."""
        pattern = self._patterns.get(cut.parts)
        if pattern is None:
            if len(self._patterns) >= MAX_PATTERNS or len(self._by_way) >= MAX_COUNTED:
                self._patterns.clear()
                self._by_way.clear()
            pattern = self._patterns[cut.parts] = HeadPattern(self._cutter, cut)
        tried = self._by_way.setdefault(way, [])
        tried.insert(0, pattern)
        del tried[MAX_TRIED:]
