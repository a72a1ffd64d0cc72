"""Parameters: ``;name=value;name`` after a value (RFC 3261 7.3.1, 25.1: generic-param) [read].

``Params`` is a tuple of (name, value) in the order of the text. Names stand as written and are
compared without case (RFC 3261 7.3.1); values stand as written, a quoted string with its quotes;
the value of a bare name is None.
"""

from mcsip.sip.errors import ParseError

Params = tuple[tuple[str, str | None], ...]

NO_PARAMS: Params = ()


def parse_params(text: str) -> Params:
    """Read ``name=value;name;...``, with or without a leading semicolon; empty ones are left out.

    Semicolons and equals signs in quoted strings do not count.

    Raises:
        ParseError: a value without a name, or a quote that does not end.
    """
    if '"' in text:
        parts = split_quoted(text, ";")
    elif not text:
        return NO_PARAMS
    else:
        parts = text.split(";")
    params: list[tuple[str, str | None]] = []
    for part in parts:
        name, equals, value = part.partition("=")
        name = name.strip(" \t")
        if equals:
            if not name:
                raise ParseError(f"parameter without a name: {part[:40]!r}")
            params.append((name, value.strip(" \t")))
        elif name:
            params.append((name, None))
    return tuple(params)


def params_text(params: Params) -> str:
    """Return the parameters as they are written after a value: ``;name=value;name``."""
    return "".join([f";{name}" if value is None else f";{name}={value}" for name, value in params])


def get_param(params: Params, name: str) -> str | None:
    """Return the value of a parameter: None when it is absent, ``""`` when it is a bare name.

    Args:
        params: the parameters.
        name: the name, in lower case.
    """
    for candidate, value in params:
        if candidate == name or candidate.lower() == name:
            return "" if value is None else value
    return None


def with_param(params: Params, name: str, value: str | None) -> Params:
    """Return the parameters with this one set, in the place of the one it replaces, else last."""
    lowered = name.lower()
    if get_param(params, lowered) is None:
        return (*params, (name, value))
    return tuple(
        (other, value) if other.lower() == lowered else (other, old) for other, old in params
    )


def without_param(params: Params, name: str) -> Params:
    """Return the parameters without this one (name in lower case)."""
    return tuple(pair for pair in params if pair[0].lower() != name)


def split_quoted(text: str, separator: str) -> list[str]:
    """Split at a character where it stands outside of quoted strings.

    Raises:
        ParseError: a quote that does not end.
    """
    parts: list[str] = []
    start = position = 0
    while position < len(text):
        character = text[position]
        if character == '"':
            position = end_of_quoted(text, position)
            continue
        if character == separator:
            parts.append(text[start:position])
            start = position + 1
        position += 1
    parts.append(text[start:])
    return parts


def end_of_quoted(text: str, start: int) -> int:
    r"""Return the position after the quoted string that begins at ``start`` (25.1: quoted-string).

    A backslash takes the next character's meaning away (``\"``).

    Raises:
        ParseError: the quote does not end.
    """
    position = start + 1
    while True:
        quote = text.find('"', position)
        if quote < 0:
            raise ParseError(f"quoted string that does not end: {text[start : start + 40]!r}")
        slash = text.find("\\", position, quote)
        if slash < 0:
            return quote + 1
        position = slash + 2


def quote(text: str) -> str:
    r"""Return text as a quoted string: backslashes and quotes are escaped (25.1: quoted-pair)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def unquote(text: str) -> str:
    """Return what a quoted string says; any other text as it is."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    text = text[1:-1]
    if "\\" not in text:
        return text
    said: list[str] = []
    position = 0
    while position < len(text):
        if text[position] == "\\" and position + 1 < len(text):
            position += 1
        said.append(text[position])
        position += 1
    return "".join(said)
