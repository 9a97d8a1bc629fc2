"""Targets with faults, for the tests of the harness."""

from __future__ import annotations

import os
import signal
import sys

from monitor.errors import ConfigurationError


def raises(data: bytes) -> None:
    if b"raise" in data:
        raise KeyError("it")


def refuses(data: bytes) -> None:
    if len(data) % 2:
        sys.exit(2)
    raise ConfigurationError("no")


def hangs(data: bytes) -> None:
    if data == b"loop":
        spin()


def spin() -> None:
    while True:
        pass


def grows(data: bytes) -> None:
    if data == b"grow":
        bytes(1024**3)


def dies(data: bytes) -> None:
    if data == b"die":
        os.kill(os.getpid(), signal.SIGSEGV)
