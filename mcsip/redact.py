"""Secrets are replaced before anything is written: in saved traces, logs, captures and reports.

Three kinds are found wherever they stand in a message, its body or a part of its multipart body:

- the value of any ``*-access-token`` element of an info body (TS 24.379 F.1) [read], whatever its
  prefix and however it is written: CDATA, entities, nested elements, escaped inside other text;
- the credentials of Authorization and Proxy-Authorization (RFC 3261 20.7, 20.28), folded or not;
- text that looks like a JSON Web Token (RFC 7519), with dots plain or escaped.

They are also found inside a base64 part (RFC 2045 6.8) and in text of two octets per character. A
placeholder is as long as what it replaces and made of letters: Content-Length stays right, XML
stays well-formed and valid, base64 stays base64. Redacting what is redacted changes nothing in a
well-formed message.
"""

import base64
import binascii
import re

_PLACEHOLDER = b"redacted"

# What every secret has in or near it, in lower case: one look tells most messages to be harmless.
_HINTS = (b"access-token", b"authorization", b"eyj", b"transfer-encoding")

_DOT = rb"(?:\.|%2e|&#0*46;|&#x0*2e;)"
_PART = rb"[a-z0-9_=-]"
_DOTS = re.compile(_DOT, re.IGNORECASE)
# Parts with dots between them, from where they begin: each octet is looked at once.
_DOTTED = re.compile(
    rb"(?<!" + _PART + rb")" + _PART + rb"++(?:" + _DOT + _PART + rb"*+){2,}", re.IGNORECASE
)

# Markup of XML, which stays; between two pieces of it stands text, which goes.
_ATTRIBUTES = rb"(?:[^<>\"']|\"[^\"]*\"|'[^']*')*"
_NAME = rb"[^\s<>/\"'=&;]+"
_MARKUP = re.compile(
    rb"<!\[CDATA\[(?P<cdata>.*?)(?:\]\]>|\Z)"
    rb"|<!--(?P<comment>.*?)(?:-->|\Z)"
    rb"|<\?" + _NAME + rb"(?P<instruction>.*?)(?:\?>|\Z)"
    rb"|<(?P<end>/?)(?P<name>" + _NAME + rb")(?P<attributes>" + _ATTRIBUTES + rb")>",
    re.DOTALL,
)
_START = re.compile(rb"<" + _NAME + rb"access-token(?=[\s>])" + _ATTRIBUTES + rb">", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"([^\s<>=\"']+)(\s*=\s*)(\"[^\"]*\"|'[^']*')")
# What an attribute may say of an encrypted value (XML Encryption 3.1) or of its type.
_OPEN_ATTRIBUTES = (b"type", b"algorithm", b"id", b"encoding", b"mimetype", b"schemalocation")

# An attribute of this name, in any element.
_TOKEN_ATTRIBUTE = re.compile(rb"(access-token\s*=\s*)(\"[^\"<]*\"|'[^'<]*')", re.IGNORECASE)

# The same element once more escaped, as the text of another one.
_LT = rb"(?:&lt;|&#0*60;|&#x0*3c;)"
_GT = rb"(?:&gt;|>|&#0*62;|&#x0*3e;)"
_ESCAPED = re.compile(
    _LT + rb"[^\s<>/&;]{0,80}access-token(?:\s(?:(?!" + _GT + rb")[^<]){0,500})?" + _GT
    + rb"(?P<value>[^<]*?)(?:" + _LT + rb"/[^\s<>/&;]{0,80}access-token|(?=<)|\Z)",
    re.IGNORECASE,
)  # fmt: skip
_ESCAPED_MARKUP = re.compile(_LT + rb"(?:(?!" + _GT + rb")[^<]){0,500}" + _GT, re.IGNORECASE)

_AUTHORIZATION = re.compile(
    rb"(?:^|(?<=[\r\n]))((?:proxy-)?authorization[ \t]*:)"
    rb"((?:[^\r\n]|\r?\n[ \t]|\r[ \t])*)",
    re.IGNORECASE,
)
_SCHEME = re.compile(rb"\s*[!#$%&'*+.^_`|~0-9a-z-]+(?=\s)", re.IGNORECASE)
_AUTH_PARAM = re.compile(
    rb"([a-z0-9_-]+)(\s*=\s*)(\"(?:[^\"\\]|\\.)*\"|[^\s,\"]*)", re.IGNORECASE | re.DOTALL
)
# Parameters of Digest that are not secret (RFC 7616 3.4); of all others only the name stays.
_OPEN_PARAMS = frozenset((b"username", b"realm", b"uri", b"algorithm", b"qop", b"nc"))

_BASE64_PART = re.compile(
    rb"^content-transfer-encoding[ \t]*:\s*base64[ \t]*\r?\n"
    rb"(?:[^\r\n]++\r?\n){0,20}\r?\n"
    rb"(?P<value>[a-z0-9+/=\s]+)",
    re.IGNORECASE | re.MULTILINE,
)


def redact(data: bytes) -> bytes:
    """Return ``data`` with its secrets replaced: as many octets, the same structure."""
    if 0 in data:
        return _redact_wide(data)
    return _redact(data) if _may_hold_secrets(data) else data


def redact_text(text: str) -> str:
    """Return ``text`` with its secrets replaced; as many characters."""
    return redact(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def _may_hold_secrets(data: bytes) -> bool:
    """Return False for a message that certainly holds no secret."""
    lower = data.lower()
    return any(hint in lower for hint in _HINTS)


def _redact(data: bytes) -> bytes:
    """Return octets of one kind of text with its secrets replaced."""
    data = _BASE64_PART.sub(_redact_base64, data)
    data = _AUTHORIZATION.sub(lambda m: m[1] + _redact_credentials(m[2]), data)
    if b"access-token" in data.lower():
        data = _redact_elements(data)
        data = _ESCAPED.sub(_redact_escaped, data)
        data = _TOKEN_ATTRIBUTE.sub(lambda m: m[1] + _quoted(m[2]), data)
    return _DOTTED.sub(_redact_token, data) if b"eyJ" in data else data


def _redact_token(match: re.Match[bytes]) -> bytes:
    """Return dotted parts with a JSON Web Token in them (RFC 7519 3) replaced up to their end."""
    dotted: bytes = match[0]
    dots = [dot.start() for dot in _DOTS.finditer(dotted)]
    start = dotted.find(b"eyJ", 0, dots[-2])
    return dotted if start < 0 else dotted[:start] + _placeholder(dotted[start:])


def _redact_wide(data: bytes) -> bytes:
    """Redact text that has NUL octets, as UTF-16 does: what is between them is read as text."""
    narrow = data.replace(b"\0", b"")
    if not _may_hold_secrets(narrow):
        return data
    redacted = iter(_redact(narrow))
    return bytes(next(redacted) if octet else 0 for octet in data)


def _placeholder(secret: bytes) -> bytes:
    """Return letters in place of ``secret``, as many octets; white space stays where it was."""
    if secret.isalnum() or not _has_space(secret):
        return _PLACEHOLDER.ljust(len(secret), b"x")[: len(secret)]
    return re.sub(rb"\S+", lambda m: _placeholder(m[0]), secret)


def _has_space(text: bytes) -> bool:
    """Return whether there is white space in ``text``."""
    return len(text.split(None, 1)) != 1 or text != text.strip()


def _quoted(value: bytes) -> bytes:
    """Return a quoted value with its contents replaced."""
    return value[:1] + _placeholder(value[1:-1]) + value[-1:]


def _redact_elements(data: bytes) -> bytes:
    """Replace the text inside every access token element; its markup stays."""
    done: list[bytes] = []
    position = 0
    while (start := _START.search(data, position)) is not None:
        done.append(data[position : start.start()])
        done.append(_redact_attributes(start[0]))
        position = start.end()
        if not start[0].endswith(b"/>"):
            position = _redact_content(data, position, done)
    done.append(data[position:])
    return b"".join(done)


def _redact_content(data: bytes, position: int, done: list[bytes]) -> int:
    """Append to ``done`` what an element holds, up to its end; return where that is.

    An element without an end, as in a message cut short, is taken to reach to the end of the data.
    """
    depth = 1
    for markup in _MARKUP.finditer(data, position):
        done.append(_placeholder(data[position : markup.start()]))
        position = markup.end()
        done.append(_redact_markup(markup))
        name = markup["name"]
        if name is not None and name.lower().endswith(b"access-token"):
            if markup["end"]:
                depth -= 1
            elif not markup[0].endswith(b"/>"):
                depth += 1
            if depth == 0:
                return position
    done.append(_placeholder(data[position:]))
    return len(data)


def _redact_markup(markup: re.Match[bytes]) -> bytes:
    """Return a piece of markup without the text that it holds."""
    whole, start = markup[0], markup.start()
    if markup["name"] is not None:
        return _redact_attributes(whole)
    kind = markup.lastgroup or "cdata"
    begin, end = markup.start(kind) - start, markup.end(kind) - start
    return whole[:begin] + _placeholder(whole[begin:end]) + whole[end:]


def _redact_attributes(tag: bytes) -> bytes:
    """Return a tag with the values of its attributes replaced, save those that type it."""

    def value(match: re.Match[bytes]) -> bytes:
        name: bytes = match[1].lower()
        if name.startswith(b"xmlns") or name.rpartition(b":")[2] in _OPEN_ATTRIBUTES:
            return match[0]
        return match[1] + match[2] + _quoted(match[3])

    return _ATTRIBUTE.sub(value, tag) if b"=" in tag else tag


def _redact_escaped(match: re.Match[bytes]) -> bytes:
    """Return an escaped element with the text between its escaped tags replaced."""
    value: bytes = match["value"]
    kept: list[bytes] = []
    position = 0
    for markup in _ESCAPED_MARKUP.finditer(value):
        kept += (_placeholder(value[position : markup.start()]), markup[0])
        position = markup.end()
    kept.append(_placeholder(value[position:]))
    begin, end = match.start("value") - match.start(), match.end("value") - match.start()
    return match[0][:begin] + b"".join(kept) + match[0][end:]


def _redact_credentials(value: bytes) -> bytes:
    """Return the value of an Authorization field with everything replaced that may be secret."""
    scheme = _SCHEME.match(value)
    position = scheme.end() if scheme is not None else 0
    kept = [value[:position]]
    for param in _AUTH_PARAM.finditer(value, position):
        kept.append(_hidden(value[position : param.start()]))
        position = param.end()
        name, equals, text = param[1], param[2], param[3]
        if name.lower() in _OPEN_PARAMS:
            kept.append(param[0])
        elif text.startswith(b'"'):
            kept += (name, equals, _quoted(text))
        elif text.strip(b"="):
            kept += (name, equals, _placeholder(text))
        else:  # base64 with its padding, not a parameter
            kept += (_placeholder(name), equals, text)
    kept.append(_hidden(value[position:]))
    return b"".join(kept)


def _hidden(text: bytes) -> bytes:
    """Return what stands between parameters: commas stay, anything else is replaced."""
    return b",".join(_placeholder(piece) for piece in text.split(b","))


def _redact_base64(match: re.Match[bytes]) -> bytes:
    """Return a base64 part (RFC 2045 6.8) whose contents are redacted; its lines stay as long."""
    value: bytes = match["value"]
    whole: bytes = match[0]
    try:
        inner = base64.b64decode(re.sub(rb"\s", b"", value), validate=True)
    except binascii.Error:
        return whole
    redacted = redact(inner)
    if redacted == inner:
        return whole
    encoded = iter(base64.b64encode(redacted))
    lines = bytes(octet if octet in b" \t\r\n" else next(encoded) for octet in value)
    return whole[: match.start("value") - match.start()] + lines
