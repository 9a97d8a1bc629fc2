"""Redirects of navigations, kept until the response of their target follows: the chain of one snapshot."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta

from monitor.fetching.headers import redirect_target
from monitor.model import Exchange
from monitor.urls import resolve, usable

_MOST_KEPT, _MOST_BYTES = 1000, 64 * 1024
_MAX_TIME = timedelta(minutes=10)
_LONGEST_CHAIN = 20

Chain = tuple[Exchange, ...]


class RedirectChains:
    """Redirects whose target has not followed yet."""

    def __init__(self, drop: Callable[[Chain], None]) -> None:
        """`drop` is called with redirects whose target did not follow soon enough."""
        self._drop = drop
        self._waiting: OrderedDict[str, Chain] = OrderedDict()

    def hops_to(self, exchange: Exchange) -> Chain:
        """Remove and return the redirects that led to a URL, if they were recorded shortly before."""
        hops = self._waiting.pop(exchange.url, ())
        if hops and not timedelta(0) <= exchange.started_at - hops[-1].started_at <= _MAX_TIME:
            self._drop(hops)
            return ()
        return hops

    def keep(self, chain: Chain) -> bool:
        """Keep a chain that ends with a redirect; return False for one that is complete as it is."""
        exchange = chain[-1]
        target = redirect_target(exchange)
        if target is None or len(exchange.body or b"") > _MOST_BYTES or len(chain) > _LONGEST_CHAIN:
            return False
        try:
            key = usable(resolve(exchange.url, target))
        except ValueError:
            return False
        if key in {hop.url for hop in chain}:
            return False
        if key in self._waiting:
            self._drop(self._waiting.pop(key))
        self._waiting[key] = chain
        if len(self._waiting) > _MOST_KEPT:
            self._drop(self._waiting.popitem(last=False)[1])
        return True

    def end(self) -> None:
        """Drop what is left."""
        for hops in self._waiting.values():
            self._drop(hops)
        self._waiting.clear()
