"""The endless worker: one thread does the rows and the periodic jobs, one gives signs of life."""

import logging
import os
import signal
import socket
import threading
import time
import uuid

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from core.outbox import operations
from core.outbox.models import Worker

logger = logging.getLogger(__name__)

POLL = 0.2  # seconds between two looks at the table: the longest a new row waits for an idle worker
JOBS_EVERY = 0.3
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
        beat.start()
        self.work()
        self.stopped.set()
        beat.join(timeout=BEAT)
        logger.info("worker.stopped", extra={"worker": self.name})

    def stop(self, *_):
        self.is_told_to_stop = True

    def work(self):
        jobs_at, failures = 0.0, 0
        while not self.is_told_to_stop:
            try:
                if time.monotonic() - jobs_at >= JOBS_EVERY:
                    jobs_at = time.monotonic()
                    operations.run_due_jobs()
                busy = operations.run_one()
                failures = 0
            except (OperationalError, InterfaceError) as error:
                pause = RECONNECT_PAUSES[min(failures, len(RECONNECT_PAUSES) - 1)]
                failures += 1
                logger.warning("worker.database_away", extra={"error": type(error).__name__, "pause": pause})
                connection.close()
                time.sleep(pause)
                continue
            if not busy:
                time.sleep(POLL)
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
