"""The HTML report in a browser: it opens from disk, and does what its reader asks."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mcsip.report.html import Subject, to_html
from tests.browser.conftest import Open
from tests.browser.reports import (
    NASTY,
    REQUEST,
    large_report,
    load_report,
    nasty_trace,
    small_report,
)
from tests.report.conftest import FILE, SECRETS, gateway_trace

pytestmark = pytest.mark.interop

MOST_ROWS = 80
"""Rows in the document, however long the ladder: a screen's worth and what is around it."""
PASSED, FAILED, CAPTURE = "#1", "#2", "#3"


def arrow(page: Page, text: str, nth: int = 0) -> None:
    """Click an arrow."""
    page.locator(".row.arrow", has_text=text).nth(nth).click()


def top_of(page: Page) -> float:
    return float(page.evaluate("document.getElementById('ladder').scrollTop"))


def test_it_opens_with_what_did_not_pass(open_report: Open) -> None:
    page = open_report(small_report())
    expect(page.locator("#subject-title")).to_contain_text("Refused")
    expect(page.locator("#totals")).to_have_text("1 pass1 fail")
    expect(page.locator(".heads .system")).to_have_text(["partner", "primary"])
    expect(page.locator(".heads .lane")).to_have_text(
        ["alice-ue", "core", "server", "gateway", "gateway", "server"]
    )
    expect(page.locator(".lifelines .border")).to_have_count(1)
    assert page.locator(".row.mc .step").all_text_contents() == [
        "1",
        "3",
        "4",
        "5",
        "8",
        "9",
        "10",
        "12",
    ]
    expect(page.locator(".row.box").first).to_contain_text("initial authorization check")
    expect(page.locator(".row.clause")).to_have_text("TS 23.280 10.6.3.3")


def test_a_click_shows_the_message(open_report: Open) -> None:
    page = open_report(small_report(), place=PASSED)
    arrow(page, REQUEST, 1)
    details = page.locator("#details")
    expect(details.locator("h2")).to_contain_text(REQUEST)
    expect(details.locator(".start-line").first).to_contain_text("MESSAGE sip:")
    expect(details.locator(".field", has_text="P-Asserted-Identity")).to_be_visible()
    expect(details.locator(".x-name", has_text="mcptt-Params").first).to_be_visible()
    lines = details.locator(".xml .line").all_text_contents()
    assert lines[0].startswith("<?xml")
    assert lines[-1] == "</mcpttinfo>"
    expect(details.locator(".card", has_text="200 OK")).not_to_have_attribute("open", "")
    details.locator(".card summary", has_text="200 OK").click()
    expect(details.locator(".card").last.locator(".start-line")).to_have_text("SIP/2.0 200 OK")
    details.locator(".raw summary").first.click()
    expect(details.locator(".dump").first).to_contain_text("4d 45 53 53 41 47 45 20")
    page.locator("#details .close").click()
    expect(details).to_be_hidden()


def test_findings_mark_arrow_line_and_octets(open_report: Open) -> None:
    page = open_report(small_report(), place=FAILED)
    expect(page.locator(".row.fail .count")).to_have_text("2 findings")
    page.locator(".row.fail.arrow").click()
    details = page.locator("#details")
    expect(details.locator(".fault h3").first).to_have_text("rfc3325/9.1/one-identity")
    expect(details.locator(".fault .grade").first).to_have_text("[gen]")
    expect(details.locator(".head .line.bad")).to_contain_text("P-Asserted-Identity")
    expect(details.locator(".xml .line.bad mark")).to_have_text("mcpttinfo")
    details.locator(".raw summary").first.click()
    expect(details.locator(".dump mark").nth(1)).to_be_attached()


def test_the_list_of_findings_leads_to_the_arrow(open_report: Open) -> None:
    page = open_report(small_report(), place=FAILED)
    page.locator("#tab-findings").click()
    panel = page.locator("#panel-findings")
    expect(panel.locator(".rule-card").first).to_contain_text("A request <asserts> & names")
    expect(panel.locator(".omitted")).to_have_text("2 more findings left out")
    expect(panel.locator(".source-line mark")).to_have_text(["success", "success"])
    panel.locator(".rule-card .jump").first.click()
    expect(page.locator("#panel-ladder")).to_be_visible()
    expect(page.locator(".row[aria-selected=true] .count")).to_have_text("2 findings")
    expect(page.locator("#details")).to_be_visible()


def test_expected_against_observed(open_report: Open) -> None:
    page = open_report(small_report(), place=FAILED)
    missing = page.locator(".row.missing")
    expect(missing).to_contain_text("expected with 200, not observed")
    above, below = (
        page.locator(".row.mc.arrow").nth(0).bounding_box(),
        page.locator(".row.unlisted").bounding_box(),
    )
    at = missing.bounding_box()
    assert above is not None
    assert below is not None
    assert at is not None
    assert above["y"] < at["y"] < below["y"]
    assert (
        page.locator(".row.missing .stroke").evaluate("e => getComputedStyle(e).strokeDasharray")
        != "none"
    )
    expect(page.locator(".row.unlisted")).to_contain_text("not in the list expected")
    missing.click()
    expect(page.locator("#details")).to_contain_text(
        "The scenario expects this message in its step 3"
    )
    page.locator("#tab-findings").click()
    expect(page.locator(".diff tr.gone")).to_contain_text("expected, not observed")


def test_cores_unfold(open_report: Open) -> None:
    page = open_report(small_report(), place=PASSED)
    arrow(page, REQUEST)
    hops = page.locator("#details .hops button")
    expect(hops).to_have_text(["alice-ue → partner.core", "partner.core → partner.server"])
    expect(page.locator("#details .way").first).to_contain_text("127.0.0.1:40001 → 127.0.2.1:5060")
    hops.nth(1).click()
    expect(page.locator("#details .way").first).to_contain_text("127.0.2.1:5060 → 127.0.2.2:5060")
    page.keyboard.press("Escape")
    folded = page.locator(".row.arrow").count()
    page.locator("#show-cores").check()
    expect(page.locator(".row.arrow")).to_have_count(folded + 2)
    expect(page.locator(".row .via")).to_have_count(0)


def test_filters(open_report: Open) -> None:
    page = open_report(small_report(), place=FAILED)
    rows, shown = page.locator(".row:not(.clause)"), page.locator("#shown")
    everything = rows.count()
    page.locator("#filter-findings").check()
    expect(rows).to_have_count(3)
    expect(shown).to_have_text(f"3 of {everything} rows")
    page.locator("#filter-findings").uncheck()
    page.locator("#filter-node").select_option(label="primary.server")
    expect(rows).to_have_count(3)
    page.locator("#filter-node").select_option("")
    page.locator("#filter-label").select_option("REGISTER")
    expect(rows).to_have_count(1)
    page.locator("#filter-label").select_option("")
    page.locator("#show-boxes").uncheck()
    expect(page.locator(".row.box")).to_have_count(0)
    page.locator("#search").fill("selected-user-profile-index")
    expect(page.locator(".row.arrow", has_text="REGISTER")).to_have_count(0)
    page.locator("#search").fill("no such thing anywhere")
    expect(page.locator("#empty")).to_have_text("No row passes the filters.")
    page.locator("#search").press("Escape")
    expect(page.locator(".row.arrow", has_text="REGISTER")).to_have_count(1)


def test_keys(open_report: Open) -> None:
    page = open_report(small_report(), place=FAILED)
    active = page.locator(".row[aria-selected=true]")
    ladder = page.locator("#ladder")
    page.keyboard.press("j")
    expect(active).to_have_attribute("aria-posinset", "1")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    expect(active).to_have_attribute("aria-posinset", "3")
    page.keyboard.press("k")
    expect(active).to_have_attribute("aria-posinset", "2")
    assert ladder.get_attribute("aria-activedescendant") == active.get_attribute("id")
    page.keyboard.press("n")
    expect(active).to_have_class(re.compile("missing|fail|warn"))
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator("#details h2")).to_have_text("REGISTER")
    page.keyboard.press("j")
    expect(page.locator("#details h2")).to_have_text(REQUEST)
    page.keyboard.press("Escape")
    expect(page.locator("#details")).to_be_hidden()
    expect(ladder).to_be_focused()
    assert ladder.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("jjj")
    expect(page.locator("#search")).to_have_value("jjj")
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    expect(page.locator("#show-cores")).to_be_checked()
    page.keyboard.press("t")
    expect(page.locator("#show-time")).to_be_checked()
    page.keyboard.press("]")
    expect(page.locator("#subject-title")).to_contain_text("capture.pcap")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.locator("#tab-ladder").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tab-findings")).to_be_focused()
    expect(page.locator("#panel-findings")).to_be_visible()


def test_roles_and_names(open_report: Open) -> None:
    page = open_report(small_report(), place=FAILED)
    expect(page.get_by_role("listbox", name="Ladder")).to_be_visible()
    expect(
        page.get_by_role("option", name=re.compile("^step 1: alice-ue to partner.server"))
    ).to_be_visible()
    expect(page.get_by_role("tab", name="Findings")).to_have_attribute("aria-selected", "false")
    unnamed = page.evaluate(
        "[...document.querySelectorAll('button, input, select')]"
        ".filter(e => !(e.textContent.trim() || e.ariaLabel || e.labels?.length)).length"
    )
    assert unnamed == 0


def test_the_time_scale_draws_silence(open_report: Open) -> None:
    page = open_report(to_html([Subject("troubled", gateway_trace())]))
    height = "parseFloat(document.getElementById('rows').style.height)"
    before = page.evaluate(height)
    page.locator("#show-time").check()
    assert page.evaluate(height) > before
    expect(page.locator(".gap").first).to_contain_text("+ ")


def test_refusals_say_why(open_report: Open) -> None:
    page = open_report(small_report(), place=CAPTURE)
    expect(page.locator(".row .why").first).to_contain_text("service not authorized")
    expect(page.locator(".row .status.bad").first).to_have_text("403")
    expect(page.locator(".row.lost .cross")).to_have_count(1)
    page.locator(".row.arrow").first.click()
    expect(page.locator("#details .card .warning")).to_contain_text("399 partner.example")


def test_light_and_dark(open_report: Open, tmp_path: Path) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    page = open_report(small_report())
    light = page.evaluate(background)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(background)
    assert light != dark
    page.locator("#theme").click()
    assert page.evaluate(background) == light
    page.locator("#theme").click()
    assert page.evaluate(background) == dark
    page.emulate_media(color_scheme="light")
    assert page.evaluate(background) == dark
    page.screenshot(path=tmp_path / "dark.png")


def test_on_a_phone(open_report: Open, tmp_path: Path) -> None:
    page = open_report(small_report(), width=390, height=844, place=FAILED)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#ladder").evaluate("e => { e.scrollLeft = 200; e.scrollTop = 150; }")
    head, gutter = (
        page.locator(".heads").bounding_box(),
        page.locator(".row .gutter").nth(8).bounding_box(),
    )
    ladder = page.locator("#ladder").bounding_box()
    assert head is not None
    assert gutter is not None
    assert ladder is not None
    assert abs(head["y"] - ladder["y"]) <= 2
    assert abs(gutter["x"] - ladder["x"]) <= 1
    arrow(page, REQUEST, 1)
    sheet = page.locator("#details").bounding_box()
    assert sheet is not None
    assert sheet["width"] == 390
    assert sheet["y"] + sheet["height"] <= 845
    page.screenshot(path=tmp_path / "phone.png")
    page.locator("#details .close").click()
    page.locator("#menu").click()
    page.locator("#subjects .entry", has_text="capture.pcap").click()
    expect(page.locator("#subject-title")).to_contain_text("capture.pcap")
    expect(page.locator("#subjects")).to_be_hidden()


def test_subjects_sections_and_the_run(open_report: Open) -> None:
    page = open_report(small_report())
    page.locator("#subjects .entry", has_text="Service authorization").click()
    expect(page.locator("#subject-title")).to_have_text("pass Service authorization")
    page.locator("#tab-run").click()
    expect(page.locator("#panel-run")).to_contain_text("seed")
    expect(page.locator("#panel-run dd", has_text="3.11")).to_be_visible()
    page.locator("#tab-steps").click()
    page.locator("#subjects .entry", has_text="Load").click()
    expect(page.locator("#section-1")).to_contain_text("200 flows/s")
    expect(page.locator("#subject")).to_be_hidden()
    page.locator("#subjects .entry", has_text="Refused").click()
    page.locator("#tab-rules").click()
    expect(page.locator("#panel-rules tbody tr")).to_have_count(4)
    page.locator("#panel-rules .hops button", has_text="1 none").click()
    expect(page.locator("#panel-rules tr.none")).to_be_hidden()


def test_it_opens_with_the_part_that_says_how_the_whole_ended(open_report: Open) -> None:
    page = open_report(load_report())
    expect(page.locator("#opening")).to_contain_text("p95 missed")
    expect(page.locator("#opening h1")).to_have_text("missed Load")
    expect(page.locator("#subject")).to_be_hidden()
    expect(page.locator("#totals")).to_have_text("missed")
    entries = page.locator("#subjects .entry")
    expect(entries).to_have_text(["missedLoad", "passService authorization" + FILE, "Rate"])
    expect(entries.first).to_have_attribute("aria-current", "true")
    page.keyboard.press("j")  # keys of the ladder mean nothing here
    entries.nth(1).click()
    expect(page.locator("#subject-title")).to_have_text("pass Service authorization")
    expect(page.locator("#totals")).to_have_text("missed")
    arrow(page, REQUEST)
    place = page.evaluate("location.hash")
    page = open_report(load_report(), place=place)
    expect(page.locator("#details")).to_be_visible()


def test_an_address_names_a_message(open_report: Open) -> None:
    page = open_report(small_report(), place=PASSED)
    arrow(page, REQUEST, 2)
    place = page.evaluate("location.hash")
    title = page.locator("#details .facts").inner_text()
    page.goto("about:blank")
    page = open_report(small_report(), place=place)
    expect(page.locator("#details .facts")).to_contain_text(title.split("\n")[0][:20])


def test_what_a_message_holds_stays_text(open_report: Open) -> None:
    page = open_report(to_html([Subject(NASTY, nasty_trace())], title="Nasty"))
    rows = page.locator(".row.arrow")
    expect(rows).to_have_count(6)
    for at in (0, 1, 2, 3, 4, 6):  # 5 is an inner step
        page.locator(f".row[data-at='{at}']").click()
        expect(page.locator("#details h2")).to_be_visible()
        page.locator("#details .raw summary").first.click()
    page.locator(".row[data-at='0']").click()
    expect(page.locator("#details .xml")).to_contain_text("</script><img src=x")
    page.locator(".row[data-at='1']").click()
    expect(page.locator("#details .part")).to_have_count(2)
    expect(page.locator("#details .part").nth(1)).to_contain_text(NASTY)
    assert page.title() == "Nasty"
    assert page.locator("img").count() == 0


@pytest.mark.slow
def test_ten_thousand_messages(open_report: Open) -> None:
    text = large_report(10_000)
    assert not any(secret.decode() in text for secret in SECRETS)
    page = open_report(text)
    expect(page.locator("#shown")).to_have_text("5,000 rows")
    rows = page.locator(".row")
    assert 5 < rows.count() < MOST_ROWS
    page.keyboard.press("End")
    last = page.locator(".row[aria-selected=true]")
    expect(last).to_have_attribute("aria-posinset", "5000")
    assert rows.count() < MOST_ROWS
    assert top_of(page) > 100_000
    page.keyboard.press("Enter")
    expect(page.locator("#details .xml")).to_be_visible()
    page.locator("#search").fill("idajhi")
    expect(page.locator("#shown")).to_have_text("1 of 5,000 rows")
    assert rows.count() < MOST_ROWS


def test_on_paper_stands_everything(open_report: Open, tmp_path: Path) -> None:
    page = open_report(small_report(), place=FAILED, height=300)
    seen = page.locator(".row:not(.clause)").count()
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    total = page.locator(".row:not(.clause)").count()
    assert total > seen
    expect(page.locator("#panel-findings")).to_be_visible()
    expect(page.locator("#panel-run")).to_be_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.pdf().startswith(b"%PDF")
