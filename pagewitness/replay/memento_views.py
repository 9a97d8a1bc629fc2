"""HTTP views of the Memento protocol (RFC 7089): adds its header fields to replay, whose addresses without a time are the TimeGates."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from itertools import islice

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from pagewitness.replay.address import read_address
from pagewitness.replay.finding import page_of
from pagewitness.replay.memento_links import Addresses, memento_links
from pagewitness.replay.mementos import Memento, Mementos
from pagewitness.replay.origin import ReplayOrigin
from pagewitness.replay.replayed import PREFIX
from pagewitness.replay.request_path import raw_path
from pagewitness.replay.responses import ArchivedResponse
from pagewitness.replay.time_maps import FORMS, Form, TimeMap
from storage.queries.history import History

TIME_MAPS = "/timemap/"
PAGE_SIZE = 5_000
"""Maximum mementos on one page of a TimeMap."""

_VARY = "accept-datetime"
_ANY_TIME = "2000"  # so that digits at the beginning of a URL are not taken for a time
_LONGEST_URL = 10_000
_LONGEST_PAGE = 9  # digits
_QUOTED = 60


class MementoHeaders:
    """Adds the Memento header fields to the responses of replay.

    A memento gets links to its original, TimeGate, TimeMap and neighbours; so does the redirect of a TimeGate, which also gets Vary. Our own errors get
    neither links nor a Memento-Datetime: that is how clients tell them from archived errors.

    Attributes:
        replay: Answers the requests.
        history: The archive.
        bases: Origins of addresses.
    """

    def __init__(self, replay: Callable[[Request], Awaitable[Response]], history: History, bases: Bases) -> None:
        self.replay = replay
        self.history = history
        self.bases = bases

    async def answer(self, request: Request) -> Response:
        """Return replay's response with the header fields."""
        response = await self.replay(request)
        base = self.bases.of(request)
        if isinstance(response, ArchivedResponse):
            replayed = response.replayed
            current = Memento(replayed.taken_at, replayed.address(""))
            response.headers["Link"] = memento_links(Addresses(base, replayed.url), response.around, current)
        elif _is_timeless(request):
            response.headers["Vary"] = _VARY
            if response.status_code == HTTPStatus.FOUND:
                response.headers["Link"] = await run_in_threadpool(self._links_to, response.headers["location"], base)
        return response

    def _links_to(self, location: str, base: str) -> str:
        """Return the links of the memento to which a TimeGate redirects."""
        path, _, query = location.partition("?")
        address = read_address(path.removeprefix(PREFIX), query)
        assert address.when is not None  # a TimeGate redirects to a memento
        with self.history.at_one_moment() as view:
            page, mementos = page_of(view, address.url), Mementos(view)
            current = mementos.at(page, address.url, address.when)
            around = mementos.around(page, address.url, current.at)
        return memento_links(Addresses(base, address.url), around, current)


class TimeMaps:
    """Answers requests for TimeMaps: the lists of all mementos of a URL, in pages.

    Attributes:
        history: The archive.
        bases: Origins of addresses.
    """

    def __init__(self, history: History, bases: Bases) -> None:
        self.history = history
        self.bases = bases

    async def answer(self, request: Request) -> Response:
        """Return a page of a TimeMap; 404 if it has no mementos, 400 for an invalid address."""
        try:
            form, page, url = _requested(request)
        except ValueError as error:
            return PlainTextResponse(f"{error}\n", 400)
        response = await run_in_threadpool(self._page, form, page, url, self.bases.of(request))
        if request.method == "HEAD":
            response.body = b""
        return response

    def _page(self, form: Form, page: int, url: str, base: str) -> Response:
        skipped = (page - 1) * PAGE_SIZE
        archived = page_of(self.history, url)
        found = list(islice(Mementos(self.history).all(archived, url, skipped), PAGE_SIZE + 1))
        if not found:
            return PlainTextResponse("Not archived.\n", 404)
        # The requested URL may be spelled differently.
        original = archived.url if archived is not None else url
        time_map = TimeMap(
            Addresses(base, original), page, found[:PAGE_SIZE], found[PAGE_SIZE] if len(found) > PAGE_SIZE else None
        )
        return Response(form.render(time_map), headers={"Content-Type": form.media_type})


class Bases:
    """The origin that addresses of archived pages begin with.

    Attributes:
        origin: The separate origin of replay; None if there is none.
        base_url: Public URL of the web interface; None: the one that a request is sent to.
    """

    def __init__(self, origin: ReplayOrigin | None, base_url: str | None) -> None:
        self.origin = origin
        self.base_url = base_url

    def of(self, request: Request) -> str:
        """Return the origin, without a slash at the end."""
        if self.origin is not None:
            return self.origin.origin
        return (self.base_url or str(request.base_url)).rstrip("/")


def _requested(request: Request) -> tuple[Form, int, str]:
    """Return the format, the page and the URL of a request: `/timemap/FORMAT/URL` or `/timemap/FORMAT/PAGE/URL`, also below `/replay`.

    Raises:
        ValueError: One of them is invalid; the message says so.
    """
    name, slash, target = raw_path(request).partition(TIME_MAPS)[2].partition("/")
    form = FORMS.get(name)
    if form is None or not slash:
        raise ValueError(f"{name[:_QUOTED]!r} is not a format of TimeMaps; there are {', '.join(map(str, Form))}")
    number, slash, rest = target.partition("/")
    page = 1
    if slash and number.isdecimal() and number.isascii():
        page, target = _page_number(number), rest
    address = read_address(f"{_ANY_TIME}/{target}", request.url.query)
    if len(address.url) > _LONGEST_URL:
        raise ValueError(f"url: it has {len(address.url):,} characters; the maximum is {_LONGEST_URL:,}")
    return form, page, address.url


def _page_number(written: str) -> int:
    if len(written) > _LONGEST_PAGE or int(written) < 1:
        raise ValueError(f"page: {written[:_QUOTED]!r} is not a page")
    return int(written)


def _is_timeless(request: Request) -> bool:
    try:
        return read_address(raw_path(request).removeprefix(PREFIX), request.url.query).when is None
    except ValueError:
        return True
