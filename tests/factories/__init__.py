"""Factories: rows for tests, each with sensible defaults, committed at once.

`make.campaign()`, `make.person(...)` and so on. Each feature keeps its factories in a module here
and lists its class among the bases of Factory.
"""

from tests.factories.districts import DistrictsFactory
from tests.factories.events import EventFactory
from tests.factories.people import PeopleFactory
from tests.factories.tasks import TaskFactory
from tests.factories.turf import TurfFactory


class Factory(DistrictsFactory, EventFactory, PeopleFactory, TaskFactory, TurfFactory):
    """All factories in one."""
