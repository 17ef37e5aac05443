import io
import json
import logging
import sys

import pytest

from core.context import request_id
from intranet.logs import JsonFormatter, RequestIdFilter


@pytest.fixture
def written(settings):
    """A logger as production has it, and the lines it wrote."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    line = settings.LOGGING["formatters"]["json"]
    handler.setFormatter(JsonFormatter(line["format"], style=line["style"], rename_fields=line["rename_fields"]))
    handler.addFilter(RequestIdFilter())
    settings.DEMO = False

    def log(name, *args, level=logging.WARNING, **kwargs):
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        try:
            logger.log(level, *args, **kwargs)
        finally:
            logger.removeHandler(handler)
        return json.loads(stream.getvalue().splitlines()[-1])

    return log


def test_line_has_event_data_and_request(written):
    token = request_id.set("abc")
    line = written("core.outbox", "outbox.done", extra={"row": 7})
    request_id.reset(token)

    assert (line["event"], line["row"], line["request_id"], line["level"]) == ("outbox.done", 7, "abc", "WARNING")
    assert line["at"].endswith("+00:00")


def test_path_of_a_request_is_not_written(written):
    line = written("django.request", "Not Found: %s", "/v/SECRETTOKEN", extra={"status_code": 404})
    assert (line["event"], line["status"]) == ("django.request", 404)
    assert "SECRETTOKEN" not in json.dumps(line)


def test_message_of_an_exception_is_not_written(written):
    name, phone = "أمينة بناني", "+212600000000"
    try:
        try:
            raise KeyError(phone)
        except KeyError as error:
            raise ValueError(name) from error
    except ValueError:
        line = written("django.request", "Internal Server Error: /x", exc_info=sys.exc_info())

    assert "builtins.ValueError" in line["exc_info"]
    assert "builtins.KeyError" in line["exc_info"]
    assert "test_logs.py" in line["exc_info"]
    assert "أمينة" not in json.dumps(line, ensure_ascii=False)
    assert "+2126" not in json.dumps(line)


def test_message_of_an_exception_is_shown_in_the_demonstration(written, settings):
    settings.DEMO = True
    try:
        raise ValueError("what went wrong")
    except ValueError:
        line = written("core", "job.failed", exc_info=True)
    assert "what went wrong" in line["exc_info"]


@pytest.mark.django_db
def test_each_request_is_one_line_without_its_address(client, caplog):
    with caplog.at_level("INFO", logger="diwan.access"):
        client.get("/ar/demo/mail/?secret=1")
    [record] = [record for record in caplog.records if record.name == "diwan.access"]
    assert (record.msg, record.method, record.route, record.status) == ("request", "GET", "ar/demo/mail/", 200)
    assert "secret" not in str(record.__dict__.get("route"))
