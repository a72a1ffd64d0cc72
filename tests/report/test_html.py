"""The HTML report as a file: one, closed, escaped, without secrets."""

import json
import platform
import re
from html.parser import HTMLParser

import pytest
from markupsafe import Markup

from mcsip import __version__
from mcsip.report.case import Case
from mcsip.report.html import Section, Subject, subject_of, to_html, to_json
from mcsip.trace import Trace
from tests.report.conftest import Writer
from tests.report.faults import check_of

NASTY = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>&amp;\u2028"


class Elements(HTMLParser):
    """The elements of a page, with their attributes, and the text of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] == "script" and data.strip():
            self.scripts[-1] += data


def subjects_of(text: str) -> list[dict[str, object]]:
    """Return the data of the subjects in a report."""
    found = zip(
        [attrs for tag, attrs in Elements(text).found if tag == "script"],
        Elements(text).scripts,
        strict=True,
    )
    return [json.loads(script) for attrs, script in found if attrs.get("class") == "subject"]


def test_it_loads_nothing(cases: list[Case]) -> None:
    for tag, attributes in Elements(to_html([subject_of(case) for case in cases])).found:
        assert tag not in {"link", "iframe", "object", "embed", "base", "a"}
        for name in ("src", "href", "srcset", "data", "action", "style"):
            assert (attributes.get(name) or "#").startswith(("#", "data:")), (tag, attributes)
        assert not any(name.startswith("on") for name in attributes)


def test_its_policy_lets_only_its_own_script_run(passed_case: Case) -> None:
    text = to_html([subject_of(passed_case)])
    (policy,) = (
        attributes["content"] or ""
        for tag, attributes in Elements(text).found
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; img-src data:; ")
    assert "unsafe" not in policy
    assert len(re.findall(r"(?:style|script)-src 'sha256-[A-Za-z0-9+/]{43}='", policy)) == 2


def test_no_secrets(cases: list[Case], secrets: tuple[bytes, ...]) -> None:
    octets = to_html([subject_of(case) for case in cases]).encode()
    assert not any(secret in octets for secret in secrets)


def test_nothing_of_a_message_becomes_markup(passed_case: Case) -> None:
    plain = len(Elements(to_html([subject_of(passed_case)])).found)
    write = Writer()
    write.copy("partner.server", "partner.gateway", "UDP", NASTY.encode())
    write.note("partner.server", "1", NASTY)
    subject = Subject(NASTY, write.trace)
    text = to_html([subject], title=NASTY, environment={NASTY: NASTY})
    assert len(Elements(text).found) == plain
    (data,) = subjects_of(text)
    assert data["title"] == NASTY
    assert data["messages"][0]["text"] == NASTY  # type: ignore[index]  # a list of objects


def test_text_that_no_encoding_has_is_replaced() -> None:
    text = to_html([Subject("a\udc80b", Trace())])
    assert "a\ufffdb" in text
    text.encode("utf-8")


def test_json_in_a_script_element() -> None:
    value = {"a": [NASTY, 1, None, True]}
    text = to_json(value)
    assert not set("<>&") & set(text)
    assert json.loads(text) == value


def test_the_data_are_those_of_every_subject(cases: list[Case], success: Trace) -> None:
    subjects = [*map(subject_of, cases), Subject("capture.pcap", success, check=check_of(success))]
    text = to_html(subjects, title="Two", environment={"Python": "3"})
    assert [each["title"] for each in subjects_of(text)] == [each.title for each in subjects]
    index = json.loads(
        next(script for script in Elements(text).scripts if script.startswith('{"title":"Two"'))
    )
    assert index["environment"] == {"mcsip": __version__, "Python": "3"}
    assert [each["file"] for each in index["subjects"]][-1] == "capture.pcap"


def test_it_says_what_it_was_made_by() -> None:
    index = json.loads(Elements(to_html([])).scripts[0])
    assert index["environment"].keys() == {"mcsip", "Python", "system"}
    assert index["environment"]["Python"] == platform.python_version()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a < b", "<pre>a &lt; b</pre>"),
        (Markup("<b>safe</b>"), "<b>safe</b>"),
        (b"\x89PNG", '<img src="data:image/png;base64,iVBORw==" alt="A &amp; B">'),
    ],
)
def test_sections(content: str | Markup | bytes, expected: str) -> None:
    section = Section("A & B", content)
    assert section.to_markup() == expected
    text = to_html([], sections=[section])
    assert expected in text
    assert 'data-title="A &amp; B"' in text


def test_the_part_that_opens_it_stands_first_and_its_verdict_is_that_of_the_whole(
    passed_case: Case,
) -> None:
    opening = Section("Load", "slow", "missed")
    text = to_html([subject_of(passed_case)], opening=opening, sections=[Section("Rate", "x")])
    found = [dict(attrs) for tag, attrs in Elements(text).found if tag == "section"]
    extra = [each for each in found if each.get("class") == "extra"]
    parts = [(each["id"], each["data-verdict"]) for each in extra]
    assert parts == [("opening", "missed"), ("section-1", "")]
    assert '<span class="badge missed">missed</span> Load</h1>' in text
    index = json.loads(Elements(text).scripts[0])
    assert (index["verdict"], index["subjects"][0]["verdict"]) == ("missed", "pass")
