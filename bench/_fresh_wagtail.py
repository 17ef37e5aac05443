"""A fresh Wagtail project with its welcome page, as `wagtail start` makes it, behind the same production server."""

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench._server import server

SETTINGS = """from .base import *

DEBUG = False
SECRET_KEY = "fresh"
ALLOWED_HOSTS = ["*"]
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
"""


@contextlib.contextmanager
def fresh_wagtail():
    """The port at which the welcome page is `/`."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environment |= {"DJANGO_SETTINGS_MODULE": "fresh.settings.bench", "PYTHONPATH": folder}
        subprocess.run(
            [Path(sys.executable).with_name("wagtail"), "start", "fresh", folder], check=True, stdout=subprocess.DEVNULL
        )
        Path(folder, "fresh", "settings", "bench.py").write_text(SETTINGS)
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=folder, env=environment, check=True)
        changed = {name: environment[name] for name in ("DJANGO_SETTINGS_MODULE", "PYTHONPATH")}
        with server("fresh.wsgi:application", folder=folder, **changed) as port:
            yield port
