"""The Memento protocol (RFC 7089) over HTTP, from a real archive."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pagewitness.replay import memento_views
from pagewitness.replay.memento_links import http_date, read_datetime
from tests.pagewitness.archived import NOON, Archive, Web

URL = "https://coalition.example/partners/?lang=en"
WHEN = "20210301120000"
CONTROL, REPLAY = {"Host": "watch.example.org"}, {"Host": "replay.example.org"}


@pytest.fixture
def shown_at() -> datetime:
    return NOON + timedelta(days=365)


@pytest.fixture
def five(archive: Archive) -> Archive:
    """Five snapshots, a day apart; the fourth failed."""
    for day in range(5):
        if day == 3:
            archive.failed(URL, at=NOON + timedelta(days=day))
        else:
            archive.add_snapshot(URL, f"<p>{80 + day} members", at=NOON + timedelta(days=day))
    return archive


def links(written: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Target and attributes by relation, as parsed from a Link field or a link-format document."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for target, rest in re.findall(r'<([^>]*)>((?:; [a-z]+="[^"]*")+)', written):
        attributes = dict(re.findall(r'([a-z]+)="([^"]*)"', rest))
        for relation in attributes.pop("rel").split():
            found[relation if relation != "memento" or "memento" not in found else target] = target, attributes
    return found


def stamp(target: str) -> str:
    return re.search(r"/replay/(\d+)/", target)[1]


# --- TimeGate


@pytest.mark.parametrize(
    ("date", "found"),
    [
        (None, "20210305120000"),
        ("Mon, 01 Mar 2021 12:00:00 GMT", "20210301120000"),
        ("Tue, 02 Mar 2021 20:00:00 GMT", "20210302120000"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", "20210301120000"),
        ("Mon, 01 Jan 0001 00:00:00 GMT", "20210301120000"),
        ("Fri, 31 Dec 9999 23:59:59 GMT", "20210305120000"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_time_gate_redirects_to_the_nearest_memento(
    five: Archive, client: httpx.Client, method: str, date: str | None, found: str
):
    asked = {} if date is None else {"Accept-Datetime": date}
    response = client.request(method, f"/replay/{URL}", headers=asked)
    assert (response.status_code, response.headers["location"]) == (302, f"/replay/{found}/{URL}")
    assert response.headers["vary"] == "accept-datetime"
    assert "memento-datetime" not in response.headers
    by_relation = links(response.headers["link"])
    assert by_relation["original"][0] == URL
    assert by_relation["timegate"][0] == f"{str(client.base_url).rstrip('/')}/replay/{URL}"
    assert by_relation["timemap"] == (
        f"{str(client.base_url).rstrip('/')}/timemap/link/{URL}",
        {"type": "application/link-format"},
    )
    assert stamp(by_relation["first"][0]) == "20210301120000"
    assert stamp(by_relation["last"][0]) == "20210305120000"
    assert f'/replay/{found}/{URL}>; rel="' in response.headers["link"]


@pytest.mark.parametrize(
    "date",
    ["", "yesterday", "2021-03-01", "Mon, 01 Mar 2021 12:00:00 +0000", "Mon, 31 Feb 2021 12:00:00 GMT", "Mon, 01 Mar 2021 25:00:00 GMT", "x" * 5000],
)  # fmt: skip
def test_an_invalid_accept_datetime_is_refused(five: Archive, client: httpx.Client, date: str):
    response = client.get(f"/replay/{URL}", headers={"Accept-Datetime": date})
    assert response.status_code == 400
    assert "Accept-Datetime" in response.text
    assert response.headers["vary"] == "accept-datetime"
    assert "link" not in response.headers
    # A memento has a fixed time, so the field does not matter.
    assert client.get(f"/replay/{WHEN}/{URL}", headers={"Accept-Datetime": date}).status_code == 200


@pytest.mark.parametrize("path", ["/replay/https://absent.example/", "/replay/2021/https://absent.example/", "/replay/2021id_/https://absent.example/", "/replay/ftp://a.example/"])  # fmt: skip
def test_our_own_errors_have_no_memento_fields(five: Archive, client: httpx.Client, path: str):
    for method in ("GET", "HEAD"):
        response = client.request(method, path)
        assert response.status_code in (400, 404)
        assert not {"memento-datetime", "link"} & set(response.headers)


# --- mementos


def test_a_memento_has_links_to_its_neighbours(five: Archive, client: httpx.Client):
    for day, relations in (
        ("01", {"first": "01", "next": "02", "last": "05"}),
        ("02", {"first": "01", "prev": "01", "next": "03", "last": "05"}),
        ("03", {"first": "01", "prev": "02", "next": "05", "last": "05"}),
        ("05", {"first": "01", "prev": "03", "last": "05"}),
    ):
        for modifier in ("", "id_", "if_"):
            response = client.head(f"/replay/202103{day}120000{modifier}/{URL}")
            assert response.headers["memento-datetime"].startswith(("Mon", "Tue", "Wed", "Fri"))
            assert "vary" not in response.headers
            found = links(response.headers["link"])
            neighbours = {
                name: stamp(found[name][0])[6:8] for name in ("first", "prev", "next", "last") if name in found
            }
            assert neighbours == relations
            assert f'/replay/202103{day}120000/{URL}>; rel="' in response.headers["link"]


def test_the_only_memento_is_first_and_last(archive: Archive, client: httpx.Client):
    archive.add_snapshot(URL)
    found = links(client.head(f"/replay/{WHEN}/{URL}").headers["link"])
    assert stamp(found["first"][0]) == stamp(found["last"][0]) == WHEN
    assert {"prev", "next"}.isdisjoint(found)


def test_mementos_in_one_second_have_links_to_each_other(archive: Archive, client: httpx.Client):
    for milliseconds in (100, 400, 900):
        archive.add_snapshot(URL, f"<p>{milliseconds}", at=NOON + timedelta(milliseconds=milliseconds))
    middle = links(client.head(f"/replay/20210301120000400000/{URL}").headers["link"])
    assert [stamp(middle[name][0]) for name in ("prev", "next")] == ["20210301120000100000", WHEN]
    last = links(client.head(f"/replay/{WHEN}/{URL}").headers["link"])
    assert stamp(last["prev"][0]) == "20210301120000400000"
    assert "next" not in last


@pytest.mark.parametrize("status", [301, 404, 500])
def test_archived_redirects_and_errors_are_mementos(archive: Archive, client: httpx.Client, status: int):
    archive.add_snapshot(URL, "<p>elsewhere", status=status, headers=[("Location", "https://other.example/")])
    response = client.get(f"/replay/{WHEN}id_/{URL}")
    assert response.status_code == status
    assert response.headers["memento-datetime"] == "Mon, 01 Mar 2021 12:00:00 GMT"
    assert "timegate" in links(response.headers["link"])


def test_links_of_a_url_in_another_script_are_ascii(archive: Archive, client: httpx.Client):
    url = "https://xn--efvp97c.example/%E9%80%9F%E5%A0%B1?q='a'"
    archive.add_snapshot(url)
    response = client.get(f"/replay/{url}", follow_redirects=True)
    assert response.status_code == 200
    assert links(response.headers["link"])["original"][0] == url
    for name in ("timegate", "timemap", "first"):
        assert client.get(links(response.headers["link"])[name][0]).status_code in (200, 302)


# --- TimeMaps


def test_a_time_map_lists_all_mementos_in_link_format(five: Archive, client: httpx.Client):
    response = client.get(f"/timemap/link/{URL}")
    assert response.headers["content-type"] == "application/link-format"
    assert response.headers["x-content-type-options"] == "nosniff"
    lines = response.text.splitlines()
    base = str(client.base_url).rstrip("/")
    assert lines[:3] == [
        f'<{URL}>; rel="original",',
        f'<{base}/timemap/link/{URL}>; rel="self"; type="application/link-format"; from="Mon, 01 Mar 2021 12:00:00 GMT"; until="Fri, 05 Mar 2021 12:00:00 GMT",',
        f'<{base}/replay/{URL}>; rel="timegate",',
    ]
    assert lines[3:] == [
        f'<{base}/replay/20210301120000/{URL}>; rel="first memento"; datetime="Mon, 01 Mar 2021 12:00:00 GMT",',
        f'<{base}/replay/20210302120000/{URL}>; rel="memento"; datetime="Tue, 02 Mar 2021 12:00:00 GMT",',
        f'<{base}/replay/20210303120000/{URL}>; rel="memento"; datetime="Wed, 03 Mar 2021 12:00:00 GMT",',
        f'<{base}/replay/20210305120000/{URL}>; rel="last memento"; datetime="Fri, 05 Mar 2021 12:00:00 GMT"',
    ]
    for target in re.findall("<([^>]*/replay/2021[^>]*)>", response.text):
        assert client.get(target).status_code == 200


def test_a_time_map_in_json(five: Archive, client: httpx.Client):
    found = client.get(f"/timemap/json/{URL}").json()
    base = str(client.base_url).rstrip("/")
    assert found["original_uri"] == URL
    assert found["timegate_uri"] == f"{base}/replay/{URL}"
    assert found["timemap_uri"]["cdxj_format"] == f"{base}/timemap/cdxj/{URL}"
    assert len(found["mementos"]["list"]) == 4
    assert found["mementos"]["first"] == {"datetime": "2021-03-01T12:00:00Z", "uri": f"{base}/replay/{WHEN}/{URL}"}
    assert found["mementos"]["last"] == found["mementos"]["list"][-1]
    assert found["pages"] == []


def test_a_time_map_in_cdxj(five: Archive, client: httpx.Client):
    lines = client.get(f"/timemap/cdxj/{URL}").text.splitlines()
    assert lines[0] == '!context ["http://tools.ietf.org/html/rfc7089"]'
    listed = [line.split(" ", 1) for line in lines if not line.startswith("!")]
    assert [time[6:8] for time, _ in listed] == ["01", "02", "03", "05"]
    assert json.loads(listed[0][1])["rel"] == "first memento"


@pytest.mark.parametrize("form", ["link", "json", "cdxj"])
def test_the_pages_of_a_time_map_contain_each_memento_once(
    five: Archive, client: httpx.Client, form: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(memento_views, "PAGE_SIZE", 3)
    first, second = client.get(f"/timemap/{form}/{URL}"), client.get(f"/timemap/{form}/2/{URL}")
    days = [re.findall(r"/replay/202103(\d\d)120000/", page.text) for page in (first, second)]
    assert [sorted(set(found)) for found in days] == [["01", "02", "03"], ["05"]]
    assert f"/timemap/{form}/2/{URL}" in first.text
    assert f"/timemap/{form}/{URL}" in second.text
    assert client.get(f"/timemap/{form}/3/{URL}").status_code == 404
    if form == "link":
        assert links(first.text)["timemap"][1]["from"] == "Fri, 05 Mar 2021 12:00:00 GMT"
        assert "last" not in links(first.text)
        assert "first" not in links(second.text)


@pytest.mark.parametrize(
    "path",
    [
        "/timemap/*/{url}",
        "/replay/timemap/link/{url}",
        "/timemap/link/https%3A//coalition.example/partners/%3Flang%3Den",
        "/timemap/link/https:/coalition.example/partners/?lang=en",
        "/timemap/link/http://coalition.example/partners/?lang=en",
        "/timemap/link/1/coalition.example/partners/?lang=en",
    ],
)
def test_a_time_map_is_found_at_the_addresses_that_clients_use(five: Archive, client: httpx.Client, path: str):
    response = client.get(path.format(url=URL))
    assert response.status_code == 200
    assert links(response.text)["original"][0] == URL
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    head = client.head(path.format(url=URL))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == response.headers["content-length"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/timemap/xml/https://coalition.example/", 400),
        ("/timemap/link/ftp://coalition.example/", 404),
        ("/timemap/link/", 400),
        ("/timemap/link", 400),
        ("/timemap/link/0/https://coalition.example/", 400),
        ("/timemap/link/99999999999999999999/https://coalition.example/", 400),
        ("/timemap/link/https://u:p@coalition.example/", 400),
        ("/timemap/link/https://coalition.example/" + "a" * 11_000, 400),
        ("/timemap/link/https://%ED%A0%80.example/", 400),
        ("/timemap/link/https://absent.example/", 404),
        ("/timemap/link/999999999/https://coalition.example/partners/?lang=en", 404),
    ],
)
def test_an_invalid_time_map_is_refused(five: Archive, client: httpx.Client, path: str, status: int):
    response = client.get(path)
    assert response.status_code == status
    assert not {"memento-datetime", "link"} & set(response.headers)
    assert len(response.text) < 300


def test_a_url_that_is_no_page_has_the_mementos_of_its_exchanges(archive: Archive, client: httpx.Client):
    archive.add_snapshot("https://coalition.example/old", final_url="https://coalition.example/new", at=NOON)
    found = client.get("/timemap/link/https://coalition.example/new").text
    assert f"/replay/{WHEN}/https://coalition.example/new>" in found
    memento = client.get(f"/replay/{WHEN}/https://coalition.example/new")
    assert memento.headers["memento-datetime"] == "Mon, 01 Mar 2021 12:00:00 GMT"
    assert stamp(links(memento.headers["link"])["last"][0]) == WHEN
    gate = client.get("/replay/https://coalition.example/new")
    assert (gate.status_code, gate.headers["vary"]) == (302, "accept-datetime")
    assert stamp(links(gate.headers["link"])["first"][0]) == WHEN


def test_a_part_of_a_page_has_no_links_to_other_mementos(archive: Archive, client: httpx.Client):
    """Finding them takes longer than the part."""
    for day in range(2):
        at = NOON + timedelta(days=day)
        archive.add_snapshot("https://coalition.example/old", final_url="https://coalition.example/new", at=at)
    response = client.get(f"/replay/{WHEN}im_/https://coalition.example/new")
    assert response.status_code == 200
    found = links(response.headers["link"])
    assert {"original", "timegate", "timemap"} <= set(found)
    assert {"first", "next", "last"}.isdisjoint(found)


# --- origins


def test_links_lead_to_the_origin_of_replay(five: Archive, web: Web, client: httpx.Client):
    web.show(
        five,
        now=NOON + timedelta(days=365),
        base_url="https://watch.example.org",
        replay_origin="https://replay.example.org",
        allowed_hosts=["watch.example.org", "replay.example.org"],
    )
    for host in (CONTROL, REPLAY):
        found = links(client.get(f"/timemap/link/{URL}", headers=host).text)
        assert {target.split("/")[2] for name, (target, _) in found.items() if name != "original"} == {
            "replay.example.org"
        }
        assert client.get(f"/cdx/search/cdx?url={URL}", headers=host).text.count("\n") == 4
    memento = client.get(f"/replay/{WHEN}/{URL}", headers=REPLAY)
    assert links(memento.headers["link"])["timegate"][0] == f"https://replay.example.org/replay/{URL}"


def test_links_begin_with_the_public_url(five: Archive, web: Web, client: httpx.Client):
    web.show(five, now=NOON + timedelta(days=365), base_url="https://watch.example.org", allowed_hosts=None)
    for path in (f"/timemap/link/{URL}", f"/replay/{WHEN}/{URL}"):
        response = client.get(path)
        found = links(response.headers.get("link", response.text))
        assert found["timegate"][0] == f"https://watch.example.org/replay/{URL}"


# --- dates


@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)))  # fmt: skip
def test_a_written_date_is_parsed_again(moment: datetime):
    whole = moment.replace(microsecond=0, tzinfo=UTC)
    assert read_datetime(http_date(whole)) == whole


@given(st.text(max_size=60))
def test_any_text_is_a_date_or_refused(text: str):
    try:
        assert read_datetime(text).tzinfo is UTC
    except ValueError as error:
        assert "Accept-Datetime" in str(error)  # noqa: PT017
