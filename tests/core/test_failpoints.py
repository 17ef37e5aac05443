import os
import signal
import subprocess
import sys
import time

import pytest

from core import failpoints


def test_fail_point_does_nothing_by_itself():
    failpoints.reach("anything")


def test_fail_point_raises_where_asked_and_only_within():
    with failpoints.active(here="raise"):
        failpoints.reach("elsewhere")
        with pytest.raises(failpoints.FailPointError):
            failpoints.reach("here")
    failpoints.reach("here")


def test_fail_point_sleeps():
    began = time.monotonic()
    with failpoints.active(here="sleep:0.1"):
        failpoints.reach("here")
    assert time.monotonic() - began >= 0.1


def test_fail_point_of_an_unknown_action_is_a_mistake_of_the_test():
    with failpoints.active(here="explode"), pytest.raises(ValueError, match="explode"):
        failpoints.reach("here")


def test_fail_point_kills_the_process_named_by_the_environment():
    code = "from core import failpoints; failpoints.reach('other'); failpoints.reach('here'); print('survived')"
    environment = {**os.environ, "FAILPOINTS": "here=exit"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, b"")
