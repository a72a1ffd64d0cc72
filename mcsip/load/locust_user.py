"""Users of a load under Locust: its master, workers, statistics and web page drive our clients.

Locust says when a user is there and when it goes; what a user does is a ``LoadUser``. Each process
that has users makes them when a test starts, in an asyncio loop in a thread of its own
(``native_loop``), and ends them when it stops. How each step ended becomes an entry of Locust's
statistics, of type ``SIP`` and by the name of the step; whole calls are of type ``CALL``.

The calls of a user are due at a fixed pace, whether or not the last one has ended by then, and are
measured from when they were due: a call that could not begin in time has been waiting since. A user
makes one call at a time, so that what a slow peer holds up is made up for as soon as it answers.

This module is loaded in Locust's processes only: importing Locust changes the standard library.
"""

import logging
import math
import time
from collections import deque
from functools import partial
from typing import Protocol

import gevent
from locust import User, task
from locust.env import Environment
from locust.exception import StopUser

from mcsip.errors import McsipError
from mcsip.load.crowd import Crowd, CrowdOptions
from mcsip.load.failure import OK
from mcsip.load.locust_job import LocustOptions, share
from mcsip.load.native_loop import NativeLoop
from mcsip.load.plan import Plan
from mcsip.load.statistics import MAX_DETAILS
from mcsip.load.user import CALL, LoadUser, StepEvent

log = logging.getLogger(__name__)

SPREAD = (math.sqrt(5) - 1) / 2
"""Multiples of it, modulo 1, lie evenly however many there are: the golden section."""
SIP_TYPE = "SIP"
CALL_TYPE = "CALL"
"""What Locust's page shows as the type of a step, and of a whole call."""


class _Hook(Protocol):
    """One of Locust's events, as it is used here."""

    def fire(self, **details: object) -> object: ...


class StepFailedError(McsipError):
    """A step of a user did not end as it should; says why in few words."""

    def __repr__(self) -> str:
        """Return the reason: Locust shows this."""
        return str(self)


class LocustCrowd:
    """The users of one process while a test runs.

    Args:
        environment: Locust's, where what happens is told.
        options: what was asked for.
        plan: what users do.
        index: that of the worker, from 0.
        block: how many users each worker has.

    Raises:
        McsipError: there are too few users, or they cannot be started.
    """

    def __init__(
        self,
        environment: Environment,
        options: LocustOptions,
        plan: Plan,
        index: int,
        block: int,
    ) -> None:
        self._environment = environment
        self._copies = share(options, plan, index, block)
        self.pace_s = options.pace_s
        self._loop = NativeLoop()
        try:
            self._crowd = self._loop.run(self._start(plan, options))
        except BaseException:
            self._loop.close()
            raise
        self._free = deque(self._crowd.users)
        self._told = 0

    async def _start(self, plan: Plan, options: LocustOptions) -> Crowd:
        crowd = Crowd(plan, self._copies, self, CrowdOptions(seed=options.key_seed, reset=True))
        await crowd.start()
        return crowd

    def close(self) -> None:
        """Stop all users."""
        self._loop.run(self._crowd.stop())
        self._loop.close()

    def take(self) -> LoadUser | None:
        """Return a user whom nobody drives, or None."""
        return self._free.popleft() if self._free else None

    def give_back(self, user: LoadUser) -> None:
        """Let a user be driven by another one of Locust's."""
        self._free.append(user)

    def call(self, user: LoadUser, due: float) -> None:
        """Let a user make its call; return when it has ended.

        Args:
            user: the user.
            due: when it was due, in monotonic seconds.
        """
        self._loop.run(user.run_once(due))

    def tell_missing(self) -> None:
        """Tell Locust that it wants more users than there are."""
        why = f"no user is left: this worker has {len(self._copies)} (--users-per-worker)"
        self._fire(CALL, 0.0, why, 0)

    def on_event(self, event: StepEvent) -> None:
        """Hear, in the loop's thread, how a step ended."""
        self._loop.tell(partial(self._tell, event))

    def _tell(self, event: StepEvent) -> None:
        """Tell Locust, in its own thread."""
        if event.outcome != OK and event.step != CALL and self._told < MAX_DETAILS:
            self._told += 1
            log.warning("user %d: %s", event.user, event.detail or event.outcome)
        self._fire(event.step, event.latency_s, event.outcome, event.user)

    def _fire(self, step: str, latency_s: float, outcome: str, user: int) -> None:
        request: _Hook = self._environment.events.request
        request.fire(
            request_type=CALL_TYPE if step == CALL else SIP_TYPE,
            name=step,
            response_time=latency_s * 1000,
            response_length=0,
            response=None,
            exception=None if outcome == OK else StepFailedError(outcome),
            context={"user": user},
        )


class McsipUser(User):
    """One of Locust's users: it makes the calls of one of ours, each when it is due."""

    abstract = True
    crowd: LocustCrowd | None = None
    """The users of this process; those of all instances."""
    _crowd: LocustCrowd | None = None
    _user: LoadUser | None = None

    def on_start(self) -> None:
        """Take one of our users; the first calls of all users are spread over one pace."""
        crowd = McsipUser.crowd
        if crowd is None:  # this process could not start; it is ending
            return
        self._crowd = crowd
        self._user = crowd.take()
        number = 0 if self._user is None else self._user.number
        self._due = time.monotonic() + crowd.pace_s * (number * SPREAD % 1)
        gevent.sleep(max(0.0, self._due - time.monotonic()))

    def on_stop(self) -> None:
        """Give our user back."""
        if self._crowd is not None and self._user is not None:
            self._crowd.give_back(self._user)

    def wait_time(self) -> float:
        """Return how long it is until the next call is due, in seconds."""
        assert self._crowd is not None, "it has made a call"
        self._due += self._crowd.pace_s
        return max(0.0, self._due - time.monotonic())

    @task
    def make_call(self) -> None:
        """Make one call.

        Raises:
            StopUser: there is no user for it.
        """
        if self._crowd is None:
            raise StopUser
        if self._user is None:
            self._crowd.tell_missing()
            raise StopUser
        self._crowd.call(self._user, self._due)
