"""The production web server: `gunicorn` in this folder, nothing else. See docs/configuration.md."""

import os
import sys

wsgi_app = "intranet.wsgi:application"
bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "3"))  # more of them only wait for Python's lock: decision 0009
preload_app = True
timeout = 120  # without a server in front that buffers, a phone on a bad line may take that long for one file
graceful_timeout = 30
keepalive = 5
loglevel = "warning"
accesslog = None  # the application's own logs carry what is needed, without personal data
control_socket_disable = True  # signals are enough, and nothing is written outside DIWAN_VAR


def post_fork(server, worker):
    """A thread that has its answer from the database, and perhaps holds a lock, soon goes on: Python's 5 ms for each
    other busy thread would make everybody behind that lock wait."""
    sys.setswitchinterval(0.0005)
