"""RFC 3261 16.7 items 6 and 7, RFC 4320 4.2: the best of several final responses."""

import pytest

from mcsip.sip.proxy.best import choose_best

from .conftest import answer, make_request


def best_of(method: str, *statuses: int) -> int | None:
    request = make_request(method)
    best = choose_best([answer(request, status) for status in statuses], method)
    return None if best is None else best.status


@pytest.mark.parametrize(
    ("method", "statuses", "expected"),
    [
        pytest.param("INVITE", (404,), 404, id="16.7-6: the only one"),
        pytest.param("INVITE", (404, 603, 302), 603, id="16.7-6: any 6xx"),
        pytest.param("INVITE", (500, 404, 302), 302, id="16.7-6: the lowest class"),
        pytest.param("INVITE", (404, 486), 404, id="16.7-6: any within the class: the first"),
        pytest.param("INVITE", (404, 415), 415, id="16.7-6: 415 tells more"),
        pytest.param("INVITE", (404, 484, 420, 407, 401), 401, id="16.7-6: 401 tells most"),
        pytest.param("INVITE", (503, 500), 500, id="16.7-6: another 5xx instead of 503"),
        pytest.param("INVITE", (408, 500), 408, id="16.7-6: 408 to INVITE"),
        pytest.param("MESSAGE", (408,), None, id="RFC 4320 4.2: never 408 to non-INVITE"),
        pytest.param("MESSAGE", (408, 500), 500, id="RFC 4320 4.2: another one instead of 408"),
        pytest.param("INVITE", (), None, id="16.7-6: nothing to choose from"),
    ],
)
def test_choice(method: str, statuses: tuple[int, ...], expected: int | None) -> None:
    assert best_of(method, *statuses) == expected


def test_challenges_are_collected() -> None:
    """16.7 item 7: of every 401 and 407, also of the same kind."""
    request = make_request("INVITE")
    finals = [
        answer(request, 407, 'Proxy-Authenticate: Digest realm="a"'),
        answer(request, 404, 'WWW-Authenticate: Digest realm="no"'),
        answer(request, 407, 'Proxy-Authenticate: Digest realm="b"'),
        answer(request, 401, 'WWW-Authenticate: Digest realm="c"'),
    ]
    best = choose_best(finals, "INVITE")
    assert best is not None
    assert best.status == 401
    assert best.values("www-authenticate") == ['Digest realm="c"']
    assert best.values("proxy-authenticate") == ['Digest realm="a"', 'Digest realm="b"']
