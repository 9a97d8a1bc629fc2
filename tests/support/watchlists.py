"""Watchlists as tests write them: pieces of TOML, to be put one after the other."""

from __future__ import annotations

import json
from collections.abc import Iterable

FACT = """
[[fact]]
name = "member_count"
count_of = ["members", "partners", "member countries"]
"""
SECRET = "whsec_" + "QUJD" * 8


def page(url: str, *, every: str = "1h", label: str = "") -> str:
    """A page on loopback that follows member_count."""
    return (
        f'\n[[page]]\nurl = "{url}"\nlabel = "{label}"\nevery = "{every}"\n'
        'facts = ["member_count"]\nallow_private = true\n'
    )


def alert_tables(
    mail_port: int,
    hook: str | None = None,
    *,
    secret: str | None = None,
    events: Iterable[str] = ("fact_changed", "fact_contradiction"),
) -> str:
    """Mail, a webhook where there is a URL for it, and a rule that sends these events to all channels."""
    channels = ["desk"] if hook is None else ["desk", "hook"]
    rule = f'\n[[rule]]\nname = "key facts"\nevents = {json.dumps(list(events))}\nto = {json.dumps(channels)}\n'
    return _desk(mail_port) + ("" if hook is None else _hook(hook, secret)) + rule


def _desk(port: int) -> str:
    return f"""
[[channel]]
name = "desk"
type = "email"
host = "127.0.0.1"
port = {port}
security = "none"
from = "monitor@example.org"
to = ["desk@example.org"]
per_hour = 0
"""


def _hook(url: str, secret: str | None) -> str:
    signed = "" if secret is None else f'secret = "{secret}"\n'
    return (
        f'\n[[channel]]\nname = "hook"\ntype = "webhook"\nurl = "{url}"\n{signed}allow_private = true\nper_hour = 0\n'
    )
