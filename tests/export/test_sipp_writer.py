"""The elements of a SIPp scenario."""

from lxml import etree

from mcsip.export.sipp_writer import Writer, attribute, scenario_xml


def test_attributes_are_escaped() -> None:
    root = etree.fromstring(f'<x y="{attribute(chr(60) + chr(34) + "&>")}"/>')
    assert root.get("y") == '<"&>'


def test_a_request_over_udp_is_sent_again() -> None:
    """RFC 3261 17.1.2.2; not over TCP, and no answer by itself."""
    for udp, request, again in [(True, True, "500"), (False, True, None), (True, False, None)]:
        writer = Writer(udp)
        writer.send("x\n", request=request)
        root = etree.fromstring(scenario_xml("t", writer))
        send = root.find("send")
        assert send is not None
        assert send.get("retrans") == again
        assert send.text == "\nx\n"


def test_over_tcp_a_call_lets_go_before_it_turns() -> None:
    for udp, actions in [(True, ["setdest"]), (False, ["closecon", "setdest"])]:
        writer = Writer(udp)
        writer.turn_to("partner.core")
        action = etree.fromstring(scenario_xml("t", writer)).find("nop/action")
        assert action is not None
        assert [each.tag for each in action] == actions
        assert action[-1].get("host") == "[partner_core_ip]"


def test_a_value_is_taken_once_and_all_variables_are_referred_to() -> None:
    """SIPp refuses a variable that is set and never used."""
    writer = Writer(udp=True)
    writer.take("call_id", "[^ ].*", "Call-ID:")
    writer.take("call_id", "[^ ].*", "Call-ID:")
    writer.take("id", "x([^<]+)<")
    writer.take("via", ".*", "Via:2")
    assert len(writer.takes) == 3
    assert 'search_in="hdr" header="Call-ID:" assign_to="call_id"' in writer.takes[0]
    assert 'search_in="msg" assign_to="id_found,id"' in writer.takes[1]
    assert 'header="Via:" occurrence="2"' in writer.takes[2]
    reference = etree.fromstring(scenario_xml('a "title"', writer)).find("Reference")
    assert reference is not None
    assert reference.get("variables") == "call_id,id_found,id,via"
