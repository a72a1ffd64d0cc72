"""Bodies compared."""

from mcsip.conformance.sayings import ALL, difference, differing, same_ids
from mcsip.mc.info import Info
from mcsip.mc.messages import RESPONSE
from mcsip.mc.services import MCPTT

INFO = Info(MCPTT, RESPONSE, "sip:a@home.example", "sip:v@away.example", profile_index=2)


def test_domains_and_schemes_have_no_case() -> None:
    assert same_ids(INFO, INFO._replace(primary_id="SIP:a@HOME.example"))
    assert not same_ids(INFO, INFO._replace(primary_id="sip:A@home.example"))


def test_an_id_that_cannot_be_read_is_compared_as_it_is() -> None:
    broken = INFO._replace(partner_id="not an id")
    assert same_ids(broken, broken)
    assert not same_ids(broken, INFO)


def test_each_difference_says_what_was_expected_and_where_it_stands() -> None:
    other = INFO._replace(profile_index=3, success=True, partner_id=None)
    assert set(differing(INFO, other, *ALL)) == {"partner_id", "profile_index", "success"}
    faults = difference(INFO, other, *ALL, number=7)
    assert {(each.expected, each.actual, each.number) for each in faults} == {
        (
            "MC service ID of the partner: sip:v@away.example",
            "MC service ID of the partner: none",
            7,
        ),
        ("profile index: 2", "profile index: 3", 7),
        ("result: none", "result: success", 7),
    }
    assert {each.text for each in faults} == {b"", b">3<", b"migration-auth-result"}
