"""The HTML report: one file that opens from disk, shows everything, and loads nothing.

What it knows is JSON inside the file (``html_data``), what it looks like stands in ``templates/``:
a Jinja2 template, style sheets and scripts, which are put into the file as they are. The file's own
policy (Content Security Policy, by digest) lets nothing else run and nothing be loaded, whatever a
captured message holds.
"""

import base64
import hashlib
import json
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from mcsip import __version__
from mcsip.report.html_data import Subject, subject_data, subject_of, verdict_of

__all__ = ["Section", "Subject", "subject_of", "to_html"]

_TEMPLATES = files("mcsip.report") / "templates"
_STYLES = ("colours.css", "frame.css", "ladder.css", "message.css", "print.css")
_SCRIPTS = (
    "dom.js", "state.js", "text.js", "xml.js", "message.js", "layout.js", "ladder.js",
    "details.js", "findings.js", "panels.js", "filters.js", "theme.js", "keys.js", "main.js",
)  # fmt: skip
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report that its caller makes.

    Attributes:
        title: its title.
        content: text, shown as it is written; ``Markup`` that is known to be safe; or the octets
            of a PNG image, which is put into the file.
        verdict: how what it is about ended, in one word, or "".
    """

    title: str
    content: str | Markup | bytes
    verdict: str = ""

    def to_markup(self) -> Markup:
        """Return the content as it stands in the file."""
        if isinstance(self.content, Markup):
            return self.content
        if isinstance(self.content, str):
            return Markup("<pre>{}</pre>").format(self.content)
        data = base64.b64encode(self.content).decode("ascii")
        return Markup('<img src="data:image/png;base64,{}" alt="{}">').format(data, self.title)


def to_html(
    subjects: Sequence[Subject],
    *,
    title: str = "mcsip report",
    environment: Mapping[str, str] | None = None,
    opening: Section | None = None,
    sections: Iterable[Section] = (),
) -> str:
    """Return the report as the text of one HTML file.

    Args:
        subjects: what it is about, scenarios and captures; see ``subject_of`` for a case.
        title: its title.
        environment: what is to be known of how it came about ("Python": "3.11.2"); None for that
            of the program which runs now.
        opening: the part with which the report opens, before the subjects; its verdict is that of
            the whole, whatever those of the subjects are. None: it opens with the subjects.
        sections: further parts, after the subjects.
    """
    index = [
        {"title": subject.title, "verdict": verdict_of(subject)} | _where(subject)
        for subject in subjects
    ]
    facts = {"mcsip": __version__, **(_here() if environment is None else environment)}
    style = "".join(_read(f"css/{name}") for name in _STYLES)
    script = _script()
    text = _template().render(
        title=title,
        style=Markup(style),  # noqa: S704  # our own file
        script=Markup(script),  # noqa: S704  # our own files
        style_digest=_digest(style),
        script_digest=_digest(script),
        report=to_json(
            {
                "title": title,
                "verdict": "" if opening is None else opening.verdict,
                "environment": facts,
                "subjects": index,
            }
        ),
        subjects=[to_json(subject_data(subject)) for subject in subjects],
        opening=opening,
        sections=list(sections),
        generator=f"mcsip {__version__}",
    )
    return _SURROGATE.sub("\ufffd", text)


def _here() -> dict[str, str]:
    """Return what this program runs on."""
    return {"Python": platform.python_version(), "system": platform.platform(terse=True)}


def to_json(value: object) -> Markup:
    """Return plain values as JSON that may stand in a script element: no tag can begin in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704  # nothing in it means anything to HTML


def _where(subject: Subject) -> dict[str, str]:
    """Return the file that a subject comes from, where it is known."""
    if subject.result is not None:
        return {"file": subject.result.file}
    return {"file": subject.check.source} if subject.check is not None else {}


def _digest(text: str) -> str:
    """Return the digest of an inline element, as a policy names it (CSP Level 3 2.3.1)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


@cache
def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _script() -> str:
    """Return all scripts as one, whose names are its own."""
    return (
        '(() => {\n"use strict";\n' + "".join(_read(f"js/{name}") for name in _SCRIPTS) + "})();\n"
    )


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.from_string(_read("report.html.j2"))
