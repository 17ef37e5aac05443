"""What the page of a circular says to all its readers alike, drawn once and kept until something changes.

A reader is a stranger, somebody with an account, or a civil servant: within each of these all are shown the same, but
for what `reader` adds and what speaks of acts for their addressees alone; a page that does is never kept. As with whole
pages for strangers (docs/decisions/0004), nothing expires by waiting.
"""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from django.conf import settings
from django.utils.functional import cached_property

from core import public
from core.dates import today
from core.organisations.permissions import is_staff_today
from home.circulars import display
from home.circulars.enums import Audience

SIZE = 100_000  # bytes one takes, with its circular: a generous mean


class Sheet:
    """One text of one version on a day. Its pieces are drawn of `facts` and of nothing else, see `{% piece %}`.

    `ties` are those of the circular as `user` may know of them, if they were read already; `more` goes to the facts.
    """

    def __init__(self, circular, version, language, *, on, user, ties=None, **more):
        self.circular, self.version, self.language = circular, version, language
        self.themes = list(circular.themes.all()) if circular.pk else []
        self.drawn: dict[str, str] = {}
        self._asked, self._more = {"on": on, "user": user}, more
        self._ties = ties or display.ties_of(circular, user)
        self.to_do = display.to_do(circular, version, language, self._ties, on=on)

    @cached_property
    def facts(self) -> dict:
        page = display.page(self.circular, self.version, self.language, ties=self._ties, **self._asked)
        return page | self.to_do | self._more

    def piece(self, name, draw: Callable[[dict], str]) -> str:
        if name not in self.drawn:
            self.drawn[name] = draw(self.facts)
        return self.drawn[name]

    def settle(self):
        """Once all is drawn, the facts and the other acts among them are hardly needed again."""
        self.__dict__.pop("facts", None)
        self._ties = None


class Kept:
    """The sheets of this process by address, language and reader; the least used go first."""

    def __init__(self):
        self.sheets: OrderedDict[tuple, Sheet] = OrderedDict()
        self.state, self.lock = None, Lock()

    def get(self, key, state) -> Sheet | None:
        with self.lock:
            if state != self.state:
                self.sheets.clear()
                self.state = state
            if key in self.sheets:
                self.sheets.move_to_end(key)
            return self.sheets.get(key)

    def put(self, key, state, sheet):
        """What was made before the last change is not kept: it may show the state before."""
        with self.lock:
            if state == self.state:
                self.sheets[key] = sheet
                while len(self.sheets) * SIZE > settings.PUBLIC_CACHE_BYTES:
                    self.sheets.popitem(last=False)


_kept = Kept()


class Place:
    """Where the sheet of the current text at an address is kept for readers like `user`, as things stand now."""

    def __init__(self, user, address, language):
        self.user, self.language = user, language
        self.key, self.state = (*address, language, _reader(user)), (public.stamp(), today())

    @property
    def sheet(self) -> Sheet | None:
        return _kept.get(self.key, self.state)

    def fill(self, circular) -> Sheet:
        """The sheet of a circular that was read after this place was asked for."""
        ties = display.ties_of(circular, self.user)
        sheet = Sheet(circular, circular.current, self.language, on=self.state[1], user=self.user, ties=ties)
        if circular.audience != Audience.ADDRESSEES and ties.are_for_all:
            _kept.put(self.key, self.state, sheet)
        return sheet


def _reader(user) -> str:
    if not user.is_authenticated:
        return "stranger"
    return "staff" if is_staff_today(user) else "account"
