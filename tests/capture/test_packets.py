"""What readers of both formats say of damaged files."""

import io

from mcsip.capture.packets import read_whole, tell_cut, tell_damaged
from mcsip.capture.remarks import Remarks


def test_read_whole() -> None:
    file = io.BytesIO(b"abcdef")
    assert read_whole(file, 4) == b"abcd"
    assert read_whole(file, 4) is None


def test_a_cut_file() -> None:
    remarks = Remarks()
    tell_cut(remarks, 3, 500)
    (text,) = remarks.texts()
    assert text == (
        "packet 3, octet 500: the file ends in the middle of this packet: it was copied while "
        "still being written, or cut; what stands before was read"
    )
    assert remarks.incomplete


def test_a_damaged_file() -> None:
    remarks = Remarks()
    tell_damaged(remarks, 3, 500, 10**9)
    (text,) = remarks.texts()
    assert text == (
        "packet 3, octet 500: damaged: this packet claims 1000000000 octets, more than 262144; "
        "nothing after it can be read, what stands before was read"
    )
