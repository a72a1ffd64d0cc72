"""Remarks: each thing once, counted, with its first place."""

from mcsip.capture.remarks import MAX_REMARKS, Place, Remarks


def test_the_same_is_said_once_with_its_first_place() -> None:
    remarks = Remarks()
    remarks.add("lost", Place(3, 100))
    remarks.add("other", lost=False)
    remarks.add("lost", Place(9, 900))
    remarks.add("lost", Place(10, 990))
    assert remarks.texts() == ("packet 3, octet 100 and 2 more: lost", "other")


def test_repetitions_without_a_place_are_counted() -> None:
    remarks = Remarks()
    remarks.add("lost")
    remarks.add("lost")
    assert remarks.texts() == ("lost (2 times)",)


def test_lines_are_called_lines() -> None:
    remarks = Remarks("line")
    remarks.add("lost", Place(3, 100))
    assert remarks.texts() == ("line 3, octet 100: lost",)


def test_only_what_is_lost_makes_a_file_incomplete() -> None:
    remarks = Remarks()
    remarks.add("harmless", lost=False)
    assert not remarks.incomplete
    remarks.add("lost")
    remarks.add("harmless", lost=False)
    assert remarks.incomplete


def test_too_many_different_ones_are_counted() -> None:
    remarks = Remarks()
    for number in range(MAX_REMARKS + 7):
        remarks.add(f"thing {number}")
    texts = remarks.texts()
    assert len(texts) == MAX_REMARKS + 1
    assert texts[-1] == "7 more remarks are left out"
