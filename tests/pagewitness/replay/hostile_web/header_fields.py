"""Hostile header fields of pages and of what they load."""

from __future__ import annotations

from tests.pagewitness.hostile import hostile_page
from tests.pagewitness.replay.hostile_web.traps import CANARY, TEXT, Fields, File, HostilePage, Traps


def every_field(traps: Traps, name: str) -> Fields:
    """Return header fields that make browsers request, report, store or forget something.

    Args:
        traps: Where their traps are recorded.
        name: The beginning of the names of the traps.
    """
    url = traps.url(f"{name}-preload")
    traps.url(f"{name}-preconnect")
    quiet = {
        field: traps.url(f"{name}-{field}", inert=True) for field in ("sheet", "map", "report", "rules", "location")
    }
    return (
        ("Link", f"<{url}>; rel=preload; as=image"),
        ("Link", f"<https://{name}-preconnect.example>; rel=preconnect, <{quiet['sheet']}>; rel=stylesheet"),
        ("SourceMap", quiet["map"]),
        ("X-SourceMap", quiet["map"]),
        ("Report-To", f'{{"group":"default","max_age":99999,"endpoints":[{{"url":"{quiet["report"]}"}}]}}'),
        ("Reporting-Endpoints", f'default="{quiet["report"]}"'),
        ("NEL", '{"report_to":"default","max_age":99999,"success_fraction":1}'),
        ("Speculation-Rules", f'"{quiet["rules"]}"'),
        ("Content-Location", quiet["location"]),
        ("Set-Cookie", f"{name}=1; Path=/; Max-Age=99999"),
        ("Clear-Site-Data", '"*"'),
        ("Service-Worker-Allowed", "/"),
        ("Access-Control-Allow-Origin", "*"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
        ("Strict-Transport-Security", "max-age=99999"),
        ("Alt-Svc", 'h3="canary.example:443"'),
        ("Accept-CH", "Sec-CH-UA-Model"),
        ("Permissions-Policy", "camera=*"),
        ("X-DNS-Prefetch-Control", "on"),
        ("Use-As-Dictionary", 'match="/*"'),
        ("Referrer-Policy", "unsafe-url"),
        ("Memento-Datetime", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("Content-Encoding", "identity"),
        ("Transfer-Encoding-X\u00e4", "none"),
    )  # fmt: skip


def header_fields() -> list[HostilePage]:
    """Return pages whose responses have all these fields, one that refreshes itself, and one with a policy that reports."""
    traps = Traps()
    fields = every_field(traps, "page-link")
    files = {
        "/": File("<!doctype html><title>Quiet</title><link rel=stylesheet href=a.css><img src=a.png><script src=a.js></script><iframe src=frame></iframe>", fields=fields),
        "/a.css": File("p{}", "text/css", every_field(traps, "style-link")),
        "/a.png": File(b"GIF89a", "image/png", every_field(traps, "image-link")),
        "/a.js": File("0", "text/javascript", every_field(traps, "script-link")),
        "/frame": File("<title>Quiet</title>", fields=every_field(traps, "frame-link")),
    }  # fmt: skip
    pages = [traps.page("fields", files)]

    traps = Traps()
    going = ("Refresh", f"0; url={traps.url('refresh', 'x.html')}")
    framed = ("Refresh", f"0; url={traps.url('refresh-of-frame', 'x.html')}")
    styled = ("Refresh", f"0; url={traps.url('refresh-of-style', 'x.html', inert=True)}")
    files = {
        "/": File("<title>Quiet</title>", fields=(going,)),
        "/frames": File(f"<title>Quiet</title>{TEXT}<iframe src=frame></iframe><link rel=stylesheet href=a.css>"),
        "/frame": File("framed", fields=(framed,)),
        "/a.css": File("p{}", "text/css", (styled,)),
    }
    pages.append(traps.page("refreshing", files, ("/", "/frames")))

    traps = Traps()
    policy = f"img-src 'none'; script-src 'unsafe-inline'; report-uri {traps.url('policy-report', 'x')}"
    observed = f"style-src 'none'; report-uri {traps.url('report-only', 'x')}"
    weak = "sandbox allow-scripts allow-same-origin allow-top-navigation; default-src * 'unsafe-inline' data: blob:"
    files = {
        "/": File("<title>Quiet</title><img src=a.png><style>p{}</style>", fields=(("Content-Security-Policy", policy), ("Content-Security-Policy-Report-Only", observed), ("Set-Cookie", "policies=1"))),
        "/weak": File(f"<title>Quiet</title><script>{traps.script('weak-policy')}</script>", fields=(("Content-Security-Policy", weak),)),
    }  # fmt: skip
    pages.append(traps.page("policies", files, ("/", "/weak")))
    return pages


def constructs() -> HostilePage:
    """Return the page that tries everything in markup, whose requisites are hostile responses of the canary host."""
    page = hostile_page(CANARY).replace("http-equiv=refresh", "").replace("<script>", f"{TEXT}<script>", 1)
    return HostilePage("constructs", {"/": File(page)}, frozenset({"s.js", "x.png", "frame", "i.css", "bg.png"}))


def canary(path: str) -> File:
    """Return the response of the canary host: a document, style sheet, drawing or script that requests more of it."""
    first = path.strip("/").partition("/")[0] or "root"
    script = f"console.log('SPRUNG','{first}');new Image().src='{CANARY}/ran/{first}'"
    if first.startswith("inner-"):
        return File("Not found", "text/plain", (), 404)
    if path.endswith(".css"):
        return File(f"html{{background:url({CANARY}/inner-{first}/x.png)}}", "text/css")
    if path.endswith((".svg", ".png")):
        drawing = f'<svg xmlns="http://www.w3.org/2000/svg" id="a"><script>{script}</script><image href="{CANARY}/inner-{first}/x.png"/></svg>'
        return File(drawing, "image/svg+xml")
    if path.endswith(".js"):
        return File(script, "text/javascript")
    return File(f"<html><title>Quiet</title><script>{script}</script><img src={CANARY}/inner-{first}/x.png>")
