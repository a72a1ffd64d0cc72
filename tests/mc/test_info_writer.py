"""The tree of every shape of body: valid, and its leaves in the order that they are filled in."""

from itertools import product

from lxml import etree

from mcsip.mc.elements import tags_of
from mcsip.mc.info_writer import skeleton
from mcsip.mc.services import Service

OWN = ("partner-system", "moved", "reason")


def test_the_leaves_of_every_shape_stand_in_order(service: Service) -> None:
    tags = tags_of(service)
    leaf_of = {
        tags.access_token: 0,
        tags.client_id: 1,
        tags.req_type: 2,
        tags.resp_type: 2,
        tags.result: 3,
        tags.partner_id: 4,
        tags.selected_profile: 5,
        tags.primary_id: 6,
    }
    for present in product([False, True], repeat=10):
        root = skeleton(service, "resp-type", present)
        places = []
        for leaf in root.iter(*tags.leaves):
            parent = leaf.getparent()
            assert parent is not None
            name = leaf.tag.rpartition("}")[2]
            places.append(7 + OWN.index(name) if name in OWN else leaf_of[parent.tag])
        assert places == [at for at, there in enumerate(present) if there]


def test_a_shape_is_made_once(service: Service) -> None:
    present = (False, False, True, False, True, False, True, False, False, False)
    first = skeleton(service, "req-type", present)
    assert skeleton(service, "req-type", present) is first
    assert all(not (leaf.text or "") for leaf in first.iter(etree.Element))
