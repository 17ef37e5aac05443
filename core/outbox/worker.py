"""The endless worker: one thread does the rows, one the periodic jobs, one gives signs of life."""

import logging
import os
import signal
import socket
import threading
import time
import uuid
from functools import partial

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from core.outbox import operations
from core.outbox.models import Worker

logger = logging.getLogger(__name__)

POLL = 0.2  # seconds between two looks at the table: the longest a new row waits for an idle worker
JOBS_EVERY = 0.3
LAST_JOB = 90  # seconds a job at hand may still take after the signal to stop
BEAT = 5
RECONNECT_PAUSES = (0.5, 1, 2, 5)


class Loop:
    """Works until told to stop and finishes what it has begun; the heartbeat keeps the lease of the work at hand."""

    def __init__(self):
        self.is_told_to_stop = False  # a bare flag: a second signal inside Event.set() would wait for itself for ever
        self.stopped = threading.Event()
        self.name = f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:6]}"

    def run(self):
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        logger.info("worker.started", extra={"worker": self.name})
        beat = threading.Thread(target=self.beat, name="heartbeat", daemon=True)
        # Beside the rows: a job that takes its time must not keep a receipt waiting, nor a receipt the next checkpoint.
        due = partial(operations.run_due_jobs, {})
        jobs = threading.Thread(target=self.repeat, args=(due, JOBS_EVERY), name="jobs", daemon=True)
        beat.start()
        jobs.start()
        self.repeat(operations.run_one, POLL)
        jobs.join(timeout=LAST_JOB)
        self.stopped.set()
        beat.join(timeout=BEAT)
        logger.info("worker.stopped", extra={"worker": self.name})

    def stop(self, *_):
        self.is_told_to_stop = operations.process.is_ending = True

    def repeat(self, step, pause):
        """Do `step` until told to stop, pausing when there was nothing to do or the database is away."""
        failures = 0
        while not self.is_told_to_stop:
            try:
                busy = step()
                failures = 0
            except (OperationalError, InterfaceError) as error:
                away = RECONNECT_PAUSES[min(failures, len(RECONNECT_PAUSES) - 1)]
                failures += 1
                logger.warning("worker.database_away", extra={"error": type(error).__name__, "pause": away})
                connection.close()
                time.sleep(away)
                continue
            if not busy:
                time.sleep(pause)
        connection.close()

    def beat(self):
        try:
            while True:
                try:
                    Worker.objects.update_or_create(name=self.name, defaults={"seen_at": timezone.now()})
                    operations.renew()
                except (OperationalError, InterfaceError):
                    connection.close()  # the next beat connects anew
                if self.stopped.wait(BEAT):
                    break
            Worker.objects.filter(name=self.name).delete()
        except (OperationalError, InterfaceError):
            pass  # the row of a worker that went with its database is tidied away later
        finally:
            connection.close()
