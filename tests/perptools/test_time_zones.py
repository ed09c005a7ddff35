"""Times are in the browser's time zone, even on a system without time zone files."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

# The current name, and older ones that Chromium, Safari and some phones still send.
NAMES = ["Europe/Kyiv", "Europe/Kiev", "Asia/Calcutta", "Asia/Kolkata", "America/Buenos_Aires", "Asia/Saigon", "UTC"]


@pytest.mark.parametrize("files", ["", "/nowhere"])
def test_every_time_zone_that_browsers_send_is_known(files: str) -> None:
    program = f"from perptools import middleware; print(sorted(set({NAMES!r}) - middleware._known()))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        env=os.environ | {"PYTHONTZPATH": files, "DJANGO_SETTINGS_MODULE": "perptools.settings"},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr
