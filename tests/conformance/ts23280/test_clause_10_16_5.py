"""TS 23.280 10.16.5: redirections. The corpus shows what each rule finds."""

import pytest

from tests.conformance.bases import load_base
from tests.conformance.scene import ALICE, Scene, findings

RULE = "ts23280/10.16.5/"
NAMES = ("new-id", "says-migrated")


@pytest.mark.parametrize("scenario", ["calls/redirected", "data/redirected"])
@pytest.mark.parametrize("name", NAMES)
def test_redirections_of_calls_and_data_are_looked_at(name: str, scenario: str) -> None:
    assert findings(RULE + name, load_base(scenario)) == ("pass", ())


def test_a_redirection_without_contact_names_nobody() -> None:
    trace = Scene().call("bob", "home.server", ALICE, status=302).done()
    _, [found] = findings(RULE + "new-id", trace)
    assert (found.actual, found.node) == ("Contact: none", "home.server")
    _, [found] = findings(RULE + "says-migrated", trace)
    assert found.actual == "no forwarding-reason"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_redirection_is_not_looked_at(name: str) -> None:
    trace = Scene().call("bob", "home.server", ALICE, status=404).done()
    assert findings(RULE + name, trace)[0] == "none"
