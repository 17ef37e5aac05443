"""Which function does the work behind a name: each app says so in `AppConfig.ready()`, outbox knows none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Handler:
    """What a row's name stands for; a row that runs longer than `time_limit` loses its lease to any other worker."""

    name: str
    func: Callable
    max_attempts: int
    time_limit: timedelta


@dataclass(frozen=True)
class PeriodicJob:
    """Work that recurs; `wanted` (a cheap read) says whether there is anything to do: an idle job writes nothing."""

    name: str
    func: Callable
    every: timedelta
    wanted: Callable[[], bool] | None
    time_limit: timedelta


_handlers: dict[str, Handler] = {}
_jobs: dict[str, PeriodicJob] = {}


def register(
    name: str, func: Callable, *, max_attempts: int = 12, time_limit: timedelta = timedelta(minutes=10)
) -> None:
    """Rows called `name` are given to `func(payload, *, message)`: at least once, so it must bear being repeated."""
    _handlers[name] = Handler(name, func, max_attempts, time_limit)


def register_job(
    name: str,
    func: Callable,
    every: timedelta,
    *,
    wanted: Callable[[], bool] | None = None,
    time_limit: timedelta = timedelta(minutes=30),
) -> None:
    """`func()` runs every `every`, once across all workers; with `wanted`, only when that returns true."""
    _jobs[name] = PeriodicJob(name, func, every, wanted, time_limit)


def handler(name: str) -> Handler | None:
    return _handlers.get(name)


def names() -> list[str]:
    return sorted(_handlers)


def jobs() -> list[PeriodicJob]:
    return list(_jobs.values())
