"""A histogram of latencies in bounded memory, with a stated error.

Values are counted in buckets whose width grows with the value: from one power of two of
microseconds to the next there are ``SUB_BUCKETS`` of equal width. What is read out is the middle of
a bucket, so that it is wrong by at most ``MAX_ERROR`` of itself, or half a microsecond. The idea is
that of HdrHistogram. There are at most ``MAX_BUCKETS`` buckets, and only those in use take room.
"""

import math
from collections.abc import Iterable

SUB_BUCKETS = 128
"""Buckets from one power of two to the next; a power of two itself [ours]."""
MAX_ERROR = 1 / (2 * SUB_BUCKETS)
"""Largest relative error of a value that is read out: 0.4 %."""
MAX_VALUE_S = 86_400.0
"""Longer latencies count as this long: a day [ours]."""
_BITS = SUB_BUCKETS.bit_length()
_TICKS_PER_S = 1_000_000
MAX_BUCKETS = SUB_BUCKETS * (int(MAX_VALUE_S * _TICKS_PER_S).bit_length() - _BITS + 3)


class Histogram:
    """Counts latencies in seconds.

    Attributes:
        count: how many there were.
        total_s: their sum, exactly.
        squares: the sum of their squares.
        shortest_s, longest_s: the extremes, exactly.
        counts: how many there were by bucket.
    """

    __slots__ = ("count", "counts", "longest_s", "shortest_s", "squares", "total_s")

    def __init__(self, values: Iterable[float] = ()) -> None:
        self.counts: dict[int, int] = {}
        self.longest_s = 0.0
        self.shortest_s = math.inf
        self.squares = 0.0
        self.count = 0
        self.total_s = 0.0
        for value in values:
            self.record(value)

    def record(self, value_s: float) -> None:
        """Count a latency; a negative one counts as none."""
        value_s = min(max(value_s, 0.0), MAX_VALUE_S)
        bucket = _bucket(int(value_s * _TICKS_PER_S))
        self.counts[bucket] = self.counts.get(bucket, 0) + 1
        self.count += 1
        self.total_s += value_s
        self.squares += value_s * value_s
        self.longest_s = max(self.longest_s, value_s)
        self.shortest_s = min(self.shortest_s, value_s)

    def add(self, other: "Histogram") -> None:
        """Count all latencies of another histogram too."""
        for bucket, count in other.counts.items():
            self.counts[bucket] = self.counts.get(bucket, 0) + count
        self.count += other.count
        self.total_s += other.total_s
        self.squares += other.squares
        self.longest_s = max(self.longest_s, other.longest_s)
        self.shortest_s = min(self.shortest_s, other.shortest_s)

    def percentile(self, percent: float) -> float | None:
        """Return the latency that so many percent do not exceed, in seconds; None without any.

        Args:
            percent: from 0 to 100.
        """
        if not self.count:
            return None
        wanted = max(1, math.ceil(self.count * percent / 100 - 1e-9))
        if wanted >= self.count:
            return self.longest_s
        passed = 0
        for bucket in sorted(self.counts):
            passed += self.counts[bucket]
            if passed >= wanted:
                return min(max(_middle_s(bucket), self.shortest_s), self.longest_s)
        return self.longest_s

    def below(self, limit_s: float) -> int:
        """Return how many latencies were below a limit, by the middles of their buckets."""
        return sum(n for bucket, n in self.counts.items() if _middle_s(bucket) < limit_s)

    @property
    def mean_s(self) -> float | None:
        """The mean, exactly; None without any."""
        return self.total_s / self.count if self.count else None

    @property
    def deviation_s(self) -> float | None:
        """The standard deviation of all latencies; None without any."""
        if not self.count:
            return None
        mean = self.total_s / self.count
        return math.sqrt(max(0.0, self.squares / self.count - mean * mean))

    @property
    def max_s(self) -> float | None:
        """The longest, exactly; None without any."""
        return self.longest_s if self.count else None

    @property
    def min_s(self) -> float | None:
        """The shortest, exactly; None without any."""
        return self.shortest_s if self.count else None


def _bucket(ticks: int) -> int:
    """Return the bucket of a number of microseconds."""
    shift = max(0, ticks.bit_length() - _BITS)
    return shift * SUB_BUCKETS + (ticks >> shift)


def _middle_s(bucket: int) -> float:
    """Return the middle of a bucket, in seconds."""
    shift = max(0, bucket // SUB_BUCKETS - 1)
    first = (bucket - shift * SUB_BUCKETS) << shift
    return (first + (1 << shift) / 2) / _TICKS_PER_S
