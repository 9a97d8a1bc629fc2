"""Apprise URLs, as a watchlist contains them: which are allowed, and what in them is secret. Pure; Apprise itself is not imported.

An Apprise URL is "scheme://…" with tokens, passwords and hosts in any of its parts: https://appriseit.com/services/.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import parse_qsl, unquote, urlsplit

SCHEMES = frozenset(
    """
    46elks acs apprise apprises atalk awswhatsapp azure bale bark barks betterstack bluesky brevo bsky bulksms
    bulkvs burstsms chanify clickatell clicksend cliq cm d7sms dapnet dingtalk dot eight00com elks emby embys
    enigma2 enigma2s evolution evolutions exotel feishu firehydrant flock flowtriq flowtriqs fluxer fluxers form
    forms freemobile gchat github goalert goalerts gorush gorushs groundmail groupme gupshup hassio hassios
    httpsms humhub humhubs ifttt ilert incidentio infobip instagram jira join json jsons kakao kakaotalk kaleyra
    kavenegar klr kodi kodis kook kudosity kumulos lametric lametrics lark lauther lfg line mailersend mailgun
    mastodon mastodons misskey misskeys mobilemessage mobilemsg msg91 msgbird ncloud nclouds nctalk nctalks nexmo
    notica noticas notifiarr notifico notificos notifyapp notifyre o365 octopush onebot onebots onesignal opsgenie
    opsimate opsimates pagerduty pagertree parsep parseps pbul pinglet pinglets pingram pjet pjets plivo postmark
    pover prowl psafer psafers push pushdeer pushdeers pushed pushme pushplus pushward pushy qq reddit resend
    revolt ringc rocket rockets ryver schan sendgrid sendpulse serwersms ses session sessions seven sfr signal
    signalgrid signals signl4 sinch smsc smseagle smseagles smsmanager smsmgr smstunnel smtp2go sns sogs sparkpost
    spike splunk spugpush squadcast stackfield strmlabs synology synologys telesign telnyx threema toot toots
    trigv trigvs tweet twilio twist twitter viber victorops voipms vonage webex wechat wecom wecombot whapi
    whatsapp wpush wxpusher wxteams x xbmc xbmcs xmatters xml xmls youlmk zalo zcliq zohocliq zoom zulip
    """.split()
)
"""Schemes of the services that Apprise 2.3 sends to with the library requests alone, over HTTP or HTTPS.

The others open connections of their own (mail, XMPP, MQTT, syslog, …), talk to the desktop, or read key files that the URL names. The test
`tests/alerts/channels/test_apprise_schemes.py` compares the list with the code of the installed version.
"""

OWN_TYPES = {
    "slack": "slack",
    "workflow": "teams",
    "workflows": "teams",
    "msteams": "teams",
    "discord": "discord",
    "tgram": "telegram",
    "matrix": "matrix",
    "matrixs": "matrix",
    "mmost": "mattermost",
    "mmosts": "mattermost",
    "ntfy": "ntfy",
    "ntfys": "ntfy",
    "gotify": "gotify",
    "gotifys": "gotify",
    "mailto": "email",
    "mailtos": "email",
}
"""Schemes of services that have a channel type of their own, which escapes for the service's markup; Apprise does not."""

LONGEST_URL = 4000
"""Maximum characters of an Apprise URL."""
_SECRET_CHARS = 4
"""Shorter parts of a URL occur in ordinary words."""

_SCHEME = re.compile(r"([A-Za-z0-9]{1,20})://(?=.)")
_DELIMITERS = re.compile(r"[/@:,;#\s]+")
# Lower case with a suffix of letters. A token could have this form, but none of the services above makes such tokens.
_DOMAIN = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}\Z")
_OFF = frozenset({"no", "n", "false", "f", "0", "off", "never", "none", "disable", "disabled", "deny"})


def scheme_of(url: str) -> str:
    """Return the scheme of an Apprise URL in lower case; "" for a text without one."""
    match = _SCHEME.match(url)
    return match[1].lower() if match else ""


def problem_of(url: str) -> str | None:
    """Return why an Apprise URL cannot be used, without the URL itself, which is a secret; None where it can."""
    scheme = scheme_of(url)
    if not scheme or len(url) > LONGEST_URL or not url.isprintable():
        return f'it takes "env:NAME", "file:PATH", or an Apprise URL of up to {LONGEST_URL:,} characters, such as "pover://USER@TOKEN"'
    if scheme in OWN_TYPES:
        return f'{scheme}:// has a channel type of its own; use type = "{OWN_TYPES[scheme]}"'
    if scheme in {"http", "https"}:
        return (
            'an Apprise URL begins with the scheme of a service, such as jsons://; for a webhook use type = "webhook"'
        )
    if scheme not in SCHEMES:
        return f"{scheme}:// is not one of the Apprise services that send over HTTP alone; only those can be used"
    if any(value.strip().lower() in _OFF for name, value in _arguments(url) if name.lower() == "verify"):
        return "its verify turns certificate checks off, which is not possible; remove it"
    return None


def is_unencrypted(url: str) -> bool:
    """Return whether an Apprise URL means plain HTTP: its scheme has a twin for HTTPS, json:// and jsons://."""
    return f"{scheme_of(url)}s" in SCHEMES


def endpoints(url: str) -> frozenset[tuple[str, int]]:
    """Return the (host, port) that an Apprise URL names, both ports of HTTP where it names none; empty where it names no host.

    The host is that of the URL; some services have it behind a token with slashes: "rocket://TOKEN/TOKEN@HOST".
    """
    rest = url.partition("://")[2].partition("?")[0]
    found = (_endpoint(f"//{part}") for part in (rest, *rest.split("@")[1:]))
    return frozenset((host, number) for host, port in found if host for number in ([port] if port else [80, 443]))


def shown(url: str) -> str:
    """Return what may be shown of an Apprise URL: the scheme, and the host where it is a host name or an address, not a token."""
    host = _host(url)
    return f"{scheme_of(url)}://{host or '…'}"


def secrets_of(url: str) -> list[str]:
    """Return the parts of an Apprise URL that no message may contain, the longest first."""
    rest = url.partition("://")[2]
    path, _, _ = rest.partition("?")
    parts = {rest, *_DELIMITERS.split(path), *(value for _, value in _arguments(url))}
    parts |= set(map(unquote, parts))
    kept = {part for part in parts if len(part) >= _SECRET_CHARS and part.lower() != _host(url)}
    return sorted(kept, key=lambda part: (-len(part), part))


def redact(text: str, urls: Iterable[str]) -> str:
    """Return a text without the secret parts of these URLs, in upper or lower case: hosts are logged in lower case."""
    secrets = sorted({part for url in urls for part in secrets_of(url)}, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, secrets)), "…", text, flags=re.IGNORECASE) if secrets else text


def _arguments(url: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(url.partition("?")[2], keep_blank_values=True)
    except ValueError:
        return []


def _endpoint(reference: str) -> tuple[str, int]:
    """Return the host and port of "//HOST:PORT/…"; ("", 0) where it has none."""
    try:
        split = urlsplit(reference)
        return split.hostname or "", split.port or 0
    except ValueError:
        return "", 0


def _host(url: str) -> str:
    """Return the host of an Apprise URL; "" where it may be a token."""
    try:
        host = urlsplit(url).netloc.rpartition("@")[2]
        name = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    if _is_address(name) or name == "localhost":
        return name
    return name if _DOMAIN.match(host.partition(":")[0]) else ""


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
