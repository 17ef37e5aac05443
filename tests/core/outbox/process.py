"""A worker process for the tests: real loop, real database, handlers that write lines into a file."""

import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "intranet.settings_test")


def main():
    django.setup()
    from datetime import timedelta

    from core.outbox import handlers, operations, worker

    handlers._handlers.clear()
    handlers._jobs.clear()
    operations.LEASE = timedelta(seconds=float(os.environ.get("LEASE", "30")))
    worker.BEAT = float(os.environ.get("BEAT", worker.BEAT))

    def write(line):
        with open(os.environ["EFFECTS"], "a") as file:
            file.write(f"{line}\n")

    def note(payload, *, message):
        write(f"begin {payload['n']}")
        time.sleep(payload.get("sleep", 0))
        write(f"end {payload['n']}")

    handlers.register("note", note)
    if "LONG_JOB" in os.environ:
        handlers.register_job("long", lambda: time.sleep(float(os.environ["LONG_JOB"])), timedelta(days=1))
    if "JOB" in os.environ:
        handlers.register_job("tick", lambda: write("tick"), timedelta(seconds=float(os.environ["JOB"])))
    worker.Loop().run()


if __name__ == "__main__":
    main()
