"""The log of a server, on standard error: one record a line, as JSON or as text."""

import json
import logging


class JsonLines(logging.Formatter):
    """Log records as JSON, one object a line; secrets are replaced."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line."""
        from mcsip.redact import redact_text
        from mcsip.report.records import show_time

        line = {
            "time": show_time(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact_text(record.getMessage()),
        }
        if record.exc_info:
            line["exception"] = redact_text(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


class TextLines(logging.Formatter):
    """Log records as text, one a line; secrets are replaced."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line, and what was raised below it."""
        from mcsip.redact import redact_text
        from mcsip.report.records import show_time

        time, level = show_time(record.created), record.levelname.lower()
        text = f"{time} {level:7} {record.name}: {redact_text(record.getMessage())}"
        if record.exc_info:
            text += f"\n{redact_text(self.formatException(record.exc_info))}"
        return text


def use_log(form: str, level: int, verbose: int) -> None:
    """Write the log to standard error.

    Args:
        form: "json" or "text".
        level: the lowest level that is written.
        verbose: 2 and more: everything.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    logging.basicConfig(
        level=logging.DEBUG if verbose > 1 else level, handlers=[handler], force=True
    )
