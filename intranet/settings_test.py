"""Settings of the tests: the production ones, with what a test must not wait for or reach."""

import os
import tempfile

_worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
_var = os.environ.get("DIWAN_VAR", "")
if not _var or (_worker != "main" and f"diwan-test-{_worker}-" not in _var):  # each worker of xdist has its own
    _var = os.environ["DIWAN_VAR"] = tempfile.mkdtemp(prefix=f"diwan-test-{_worker}-")
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 50)
os.environ.setdefault("DIWAN_DEMO", "1")

from intranet.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "template_fragments": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": f"{_var}/test.sqlite3"}  # noqa: F405
    _options = DATABASES["default"]["OPTIONS"]  # noqa: F405
    _options["init_command"] = _options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = "!!unknown variable %s!!"  # noqa: F405
PUBLIC_CACHE_BYTES = 0  # what a test changes and does not commit would be shown to the next one
