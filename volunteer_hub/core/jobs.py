"""Jobs: plain functions that RQ workers run, started after a commit and carrying ids only.

The database is the truth and the queue a hint. If Redis is down when a job should start, the row
still says what is due and a sweep starts it later; so a job may run twice, late or never, and looks first.
"""

from __future__ import annotations

import dataclasses
import datetime
import importlib
import logging
import math
import time
import uuid
from collections.abc import Callable
from typing import Any, ParamSpec, Protocol, TypeVar

import redis
import rq
from flask import Flask, current_app
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq.registry import ScheduledJobRegistry
from rq.serializers import JSONSerializer

from volunteer_hub.core import clock, logs

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R", covariant=True)

FIELD = "field"
QUEUES = (FIELD, "urgent", "mail", "default", "slow")
KEEP_RESULT_S = 300
KEEP_FAILURE_S = 24 * 3600


@dataclasses.dataclass(frozen=True, slots=True)
class JobSpec:
    """How a job runs: its queue, how long it may take, how often it is tried, and whether it gathers.

    A job that gathers finds its own work: many facts within `gathers_s` seconds start it once, fieldless. One
    that settles waits `settles_s` seconds when it begins and then finds its own work, so a process that
    started it less than that ago need not ask the queue again.
    """

    queue: str = "default"
    timeout_s: int = 600
    tries: int = 3
    gathers_s: float | None = None
    settles_s: float = 0.0


class Job(Protocol[P, R]):
    """A function marked with @job."""

    __job__: JobSpec
    __module__: str
    __name__: str

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...


def job(
    *,
    queue: str = "default",
    timeout_s: int = 600,
    tries: int = 3,
    gathers_s: float | None = None,
    settles_s: float = 0.0,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a function as a job. Its dotted path is public: renaming it needs an alias for one release."""
    if queue not in QUEUES:
        raise ValueError(f"no queue is called {queue!r}; there are {', '.join(QUEUES)}")

    def mark(function: Callable[P, R]) -> Callable[P, R]:
        function.__job__ = JobSpec(queue, timeout_s, tries, gathers_s, settles_s)  # type: ignore[attr-defined]
        return function

    return mark


def quick(wait_s: float = 1.0) -> dict[str, Any]:
    """How a page asks the queue. A line that broke since it was last used is opened anew, once; a queue that
    does not answer is given up after `wait_s` seconds."""
    return {
        "retry": Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
        "socket_connect_timeout": wait_s,
        "socket_timeout": wait_s,
    }


def connect(url: str, *, wait_s: float | None = 1.0) -> redis.Redis:
    """A Redis client. It gives up on a dead port at once and on a silent one after `wait_s` seconds; workers
    wait instead, with None."""
    if wait_s is None:
        return redis.Redis.from_url(url)
    return redis.Redis.from_url(url, **quick(wait_s))


def path_of(function: Callable[..., Any]) -> str:
    """The dotted path under which a worker finds a job."""
    return f"{function.__module__}.{function.__name__}"


def start(
    function: Callable[..., Any], *args: Any, delay_s: float = 0, unless_waiting: str | None = None
) -> bool:
    """Put a job on its queue; False if Redis is out of reach or the same work already waits.

    `unless_waiting` names the work ("campaign-7") within the job: while the same job waits under that name,
    it is not queued again; two jobs that follow one fact do not stand in each other's way.
    The name is freed when the job starts, so what arrives during a run is done in a next one. A name whose
    job has gone from its queue (emptied by hand, a worker killed in the wrong moment) counts for nothing.
    """
    client: redis.Redis = current_app.extensions["redis"]
    path = path_of(function)
    spec: JobSpec = function.__job__  # type: ignore[attr-defined]
    queue = rq.Queue(spec.queue, connection=client, serializer=JSONSerializer, is_async=_is_async())
    if _out_of_reach.is_known() or _started_lately(path, spec):
        return False
    try:
        job_id = uuid.uuid4().hex
        if unless_waiting and not _take_name(queue, _name(path, unless_waiting), job_id, int(delay_s) + 120):
            _started_s[path] = time.monotonic()
            return False
        _enqueue(queue, spec, path, args, delay_s, unless_waiting, job_id)
        _started_s[path] = time.monotonic()
    except redis.RedisError as error:
        _out_of_reach.note()
        log.warning(
            "queue out of reach; a sweep will start it", extra={"job": path, "error": type(error).__name__}
        )
        return False
    return True


_started_s: dict[str, float] = {}


def _started_lately(path: str, spec: JobSpec) -> bool:
    """Does the job that this process last started, or saw waiting, still settle? It will see all there is."""
    return time.monotonic() < _started_s.get(path, -math.inf) + 0.8 * spec.settles_s


class _OutOfReach:
    """The queue was found dead a moment ago: whoever asks now does not wait for it again."""

    FOR_S = 2.0

    def __init__(self) -> None:
        self._until_s = 0.0

    def is_known(self) -> bool:
        return time.monotonic() < self._until_s

    def note(self) -> None:
        self._until_s = time.monotonic() + self.FOR_S


_out_of_reach = _OutOfReach()


def _take_name(queue: rq.Queue, name: str, job_id: str, keep_s: int) -> bool:
    """Is the name ours now? No, if the job that has it really waits."""
    client = queue.connection
    if client.set(name, job_id, nx=True, ex=keep_s):
        return True
    holder = client.get(name)
    if holder and _waits(queue, holder if isinstance(holder, str) else holder.decode()):
        return False
    client.set(name, job_id, ex=keep_s)
    return True


def _waits(queue: rq.Queue, job_id: str) -> bool:
    client = queue.connection
    if client.lpos(queue.key, job_id) is not None:
        return True
    return client.zscore(ScheduledJobRegistry(queue=queue).key, job_id) is not None  # type: ignore[no-untyped-call]


def _enqueue(
    queue: rq.Queue,
    spec: JobSpec,
    path: str,
    args: tuple[Any, ...],
    delay_s: float,
    name: str | None,
    job_id: str,
) -> None:
    options: dict[str, Any] = {
        "args": [path, list(args), logs.request_id.get(), name],
        "job_id": job_id,
        "job_timeout": spec.timeout_s,
        "result_ttl": KEEP_RESULT_S,
        "failure_ttl": KEEP_FAILURE_S,
        "retry": rq.Retry(max=spec.tries - 1, interval=[5, 30, 120][: spec.tries - 1])
        if spec.tries > 1
        else None,
        "description": path,
    }
    if delay_s > 0 and _is_async():
        queue.enqueue_in(datetime.timedelta(seconds=delay_s), run, **options)
    else:
        queue.enqueue(run, **options)


def run(path: str, args: list[Any], request_id: str, name: str | None = None) -> Any:
    """What a worker executes: the named job, inside the application, under the request's id."""
    app = application()
    token = logs.request_id.set(request_id or logs.new_request_id())
    started = time.monotonic()
    try:
        with app.app_context():
            if name:
                app.extensions["redis"].delete(_name(path, name))
            function = find(path)
            time.sleep(function.__job__.settles_s)  # type: ignore[attr-defined]
            return function(*args)
    finally:
        log.info("job ended", extra={"job": path, "seconds": round(time.monotonic() - started, 3)})
        logs.request_id.reset(token)


def find(path: str) -> Callable[..., Any]:
    """The job at a dotted path; anything that is not marked as a job is refused."""
    module, _, name = path.rpartition(".")
    function: Callable[..., Any] | None = getattr(importlib.import_module(module), name, None)
    if function is None or not hasattr(function, "__job__"):
        raise LookupError(f"{path} is not a job of this program")
    return function


_stopping = False


def ask_to_stop(*_: object) -> None:
    """The worker is about to end: a long job should put back what it has not begun, and return."""
    global _stopping
    _stopping = True


def is_stopping() -> bool:
    """Was this process asked to stop? Long jobs look between two steps."""
    return _stopping


_own_process = False


def note_own_process() -> None:
    """This process was forked to run one job, and has one thread."""
    global _own_process
    _own_process = True


def is_own_process() -> bool:
    """Does the running job have a process to itself? Then it may fork."""
    return _own_process


_application: Flask | None = None


def serve_from(app: Flask) -> None:
    """Give this process the application its jobs run in. Called once by worker.py, and by tests."""
    global _application
    _application = app


def application() -> Flask:
    """The application of this process."""
    if _application is not None:
        return _application
    return current_app._get_current_object()  # type: ignore[attr-defined]


def follower(after: dict[type, list[Callable[..., Any]]]) -> Callable[[list[Any]], None]:
    """What transaction() calls after a commit: each fact starts its jobs with its fields."""

    def follow(facts: list[Any]) -> None:
        for fact in dict.fromkeys(facts):
            for function in after.get(type(fact), ()):
                _start_after(function, fact)

    return follow


def _start_after(function: Callable[..., Any], fact: Any) -> None:
    gathers_s: float | None = function.__job__.gathers_s  # type: ignore[attr-defined]
    if gathers_s is not None:
        start(function, delay_s=gathers_s, unless_waiting="gathered")
    else:
        start(function, *dataclasses.astuple(fact), **getattr(fact, "start_options", {}))


_PROMOTE = """
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 500)
for _, id in ipairs(due) do
    redis.call('ZREM', KEYS[1], id)
    local job = ARGV[2] .. id
    if redis.call('EXISTS', job) == 1 then
        redis.call('HSET', job, 'status', 'queued', 'enqueued_at', ARGV[3])
        redis.call('RPUSH', KEYS[2], id)
    end
end
return #due
"""


def promote() -> int:
    """Put delayed jobs whose time has come on their queues; returns how many. One step, so any number of
    processes may do it.

    RQ has a scheduler for this, but it holds a lock for a minute after it was killed, and the next one asks
    for it only every ten minutes.
    """
    client: redis.Redis = current_app.extensions["redis"]
    moved, now = 0, clock.now()
    for name in QUEUES:
        queue = rq.Queue(name, connection=client, serializer=JSONSerializer)
        registry = ScheduledJobRegistry(queue=queue)  # type: ignore[no-untyped-call]
        enqueued_at = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        moved += int(
            client.eval(
                _PROMOTE, 2, registry.key, queue.key, now.timestamp(), rq.job.Job.redis_job_namespace_prefix,
                enqueued_at,
            )
        )  # fmt: skip
    return moved


def tick(sweeps: dict[Callable[..., Any], float]) -> list[str]:
    """Start each sweep whose turn has come; one process of all hosts gets each turn. Returns their paths."""
    client: redis.Redis = current_app.extensions["redis"]
    due = []
    for function, every_s in sweeps.items():
        path = path_of(function)
        if client.set(f"vh:turn:{path}", 1, nx=True, px=int(every_s * 1000)):
            start(function, unless_waiting="sweep")
            due.append(path)
    return due


def _name(path: str, name: str) -> str:
    return f"vh:waiting:{path}:{name}"


def _is_async() -> bool:
    return not current_app.config.get("JOBS_RUN_AT_ONCE", False)
