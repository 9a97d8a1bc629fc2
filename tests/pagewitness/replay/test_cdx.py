"""The CDX API over HTTP, from a real archive, and its parameters."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from itertools import chain

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pagewitness.replay import cdx_server
from pagewitness.replay.cdx_query import FIELDS, InvalidParameter, read_query, read_resume_key, resume_key
from storage.queries.exchange_list import Position
from tests.pagewitness.archived import NOON, Archive

HOST = "https://coalition.example"
URL = f"{HOST}/partners/?lang=en"
KEY = "example,coalition)/partners?lang=en"


def at(days: float) -> datetime:
    return NOON + timedelta(days=days)


def digest(body: str) -> str:
    return f"sha256:{hashlib.sha256(body.encode()).hexdigest()}"


@pytest.fixture
def filled(archive: Archive) -> Archive:
    """A page with four responses, of which the third is a 304; a page with an error, one without a type, and one that is never answered."""
    first = archive.add_snapshot(URL, "83 members", at=at(0))
    second = archive.add_snapshot(URL, "85 members", at=at(1))
    archive.not_modified(URL, second, at=at(2))
    archive.add_snapshot(URL, "83 members", at=at(3))
    archive.failed(URL, at=at(4))
    archive.add_snapshot(f"{HOST}/gone", "none", status=404, at=at(1))
    archive.add_snapshot(f"{HOST}/raw", "raw", content_type=None, at=at(2))
    archive.add_snapshot("https://media.coalition.example/a.json", "{}", content_type="application/json", at=at(5))
    archive.failed("https://silent.example/", at=at(0))
    assert first.body_sha256 is not None
    return archive


def lines(client: httpx.Client, **parameters: object) -> list[str]:
    response = client.get("/cdx/search/cdx", params=parameters)
    assert response.status_code == 200, response.text
    return response.text.splitlines()


def times(client: httpx.Client, **parameters: object) -> list[str]:
    return [line[6:8] for line in lines(client, fl="timestamp", **{"url": URL, **parameters})]


def test_lines_have_the_seven_fields_of_the_internet_archive(filled: Archive, client: httpx.Client):
    response = client.get("/cdx/search/cdx", params={"url": URL})
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in response.headers
    old, new = digest("83 members"), digest("85 members")
    assert response.text.splitlines() == [
        f"{KEY} 20210301120000 {URL} text/html 200 {old} 10",
        f"{KEY} 20210302120000 {URL} text/html 200 {new} 10",
        f"{KEY} 20210303120000 {URL} warc/revisit - {new} 0",
        f"{KEY} 20210304120000 {URL} text/html 200 {old} 10",
    ]


def test_json_is_an_array_of_arrays_with_a_header(filled: Archive, client: httpx.Client):
    response = client.get("/cdx/search/cdx", params={"url": URL, "output": "json", "limit": 1})
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json() == [
        list(FIELDS),
        [KEY, "20210301120000", URL, "text/html", "200", digest("83 members"), "10"],
    ]
    assert client.get("/cdx/search/cdx?url=absent.example&output=json").json() == []


def test_cdxj_has_key_time_and_a_json_object(filled: Archive, client: httpx.Client):
    key, time, values = lines(client, url=URL, output="cdxj", limit=1)[0].split(" ", 2)
    assert (key, time) == (KEY, "20210301120000")
    assert json.loads(values) == {
        "url": URL,
        "mime": "text/html",
        "status": "200",
        "digest": digest("83 members"),
        "length": "10",
    }


def test_each_line_leads_to_its_memento_whose_bytes_have_the_digest(filled: Archive, client: httpx.Client):
    for line in lines(client, url=HOST, matchType="domain"):
        _, time, url, _, status, found, _ = line.split(" ")
        response = client.get(f"/replay/{time}id_/{url}")
        assert response.status_code == (200 if status == "-" else int(status))
        assert f"sha256:{hashlib.sha256(response.content).hexdigest()}" == found


@pytest.mark.parametrize(
    ("url", "match", "count"),
    [
        (URL, None, 4),
        ("http://www.Coalition.example:80/partners/?lang=en", None, 4),
        ("coalition.example/partners/?lang=en", "exact", 4),
        ("https%3A//coalition.example/partners/%3Flang%3Den", None, 4),
        ("coalition.example/*", None, 6),
        ("coalition.example/gon*", None, 1),
        ("coalition.example", "prefix", 6),
        ("coalition.example", "host", 6),
        ("coalition.example/raw", "host", 6),
        ("coalition.example", "domain", 7),
        ("*.coalition.example", None, 7),
        ("*.coalition.example/*", None, 7),
        ("silent.example", "domain", 0),
        ("absent.example", None, 0),
    ],
)
def test_urls_are_selected_by_match_type(
    filled: Archive, client: httpx.Client, url: str, match: str | None, count: int
):
    assert len(lines(client, url=url, **({"matchType": match} if match else {}))) == count


@pytest.mark.parametrize(
    ("parameters", "days"),
    [
        ({"limit": 2}, "01 02"),
        ({"limit": -1}, "04"),
        ({"limit": -2, "filter": "mimetype:text/html"}, "02 04"),
        ({"limit": -2, "offset": 1}, "02 03"),
        ({"limit": -9}, "01 02 03 04"),
        ({"limit": -2, "collapse": "digest"}, "02 04"),
        ({"limit": 0}, ""),
        ({"offset": 1, "limit": 2}, "02 03"),
        ({"from": "20210302"}, "02 03 04"),
        ({"from": "20210302120001"}, "03 04"),
        ({"to": "20210302"}, "01 02"),
        ({"to": "20210301120000"}, "01"),
        ({"to": "2021"}, "01 02 03 04"),
        ({"to": "202102"}, ""),
        ({"to": "99991231235959"}, "01 02 03 04"),
        ({"from": "202103", "to": "202103"}, "01 02 03 04"),
        ({"filter": "statuscode:200"}, "01 02 04"),
        ({"filter": "!statuscode:200"}, "03"),
        ({"filter": "=status:200"}, "01 02 04"),
        ({"filter": "!=mime:warc/revisit"}, "01 02 04"),
        ({"filter": "~statuscode:[2-3].."}, "01 02 04"),
        ({"filter": "statuscode:20"}, ""),
        ({"filter": ["statuscode:200", "statuscode:404"]}, ""),
        ({"filter": ["timestamp:20210302.*", "mimetype:text/.*"]}, "02"),
        ({"collapse": "digest"}, "01 02 04"),
        ({"collapse": "timestamp:6"}, "01"),
        ({"collapse": ["urlkey", "statuscode"]}, "01 03 04"),
        ({"sort": "closest", "closest": "20210303110000"}, "03 02 04 01"),
        ({"sort": "closest", "closest": "20210303110000", "limit": 1}, "03"),
        ({"sort": "closest", "closest": ""}, "01 02 03 04"),
        ({"sort": "closest", "closest": "2030", "filter": "statuscode:200"}, "04 02 01"),
        ({"sort": "reverse"}, "04 03 02 01"),
        ({"unknown": "x", "fastLatest": "true", "gzip": "false"}, "01 02 03 04"),
    ],
)  # fmt: skip
def test_parameters_select_and_order_lines(filled: Archive, client: httpx.Client, parameters: dict, days: str):
    assert times(client, **parameters) == days.split()


def test_fields_are_chosen_by_name(filled: Archive, client: httpx.Client):
    assert lines(client, url=URL, limit=1, fl="statuscode,original,status") == [f"200 {URL} 200"]
    assert lines(client, url=URL, limit=1, fl="mime,url", output="json")[0] == '[["mimetype", "original"],'


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
@pytest.mark.parametrize("output", ["text", "json", "cdxj"])
def test_a_list_is_resumed_where_it_ended(filled: Archive, client: httpx.Client, limit: int, output: str):
    complete = lines(client, url=HOST, matchType="domain")
    found: list[str] = []
    asked = {"url": HOST, "matchType": "domain", "limit": limit, "showResumeKey": "true", "output": output}
    while True:
        response = client.get("/cdx/search/cdx", params=asked)
        if output == "json":
            rows = response.json()[1:]
            key = rows[-1][0] if rows[-2:-1] == [[]] else None
            found += [" ".join(row) for row in rows if len(row) == 7]
        else:
            part, _, key = response.text.partition("\n\n")
            found += part.splitlines()
        if not key:
            break
        asked["resumeKey"] = key.strip()
    assert len(found) == len(complete) == 7
    if output != "cdxj":
        assert found == complete


def test_a_list_is_divided_into_pages(filled: Archive, client: httpx.Client):
    asked = {"url": HOST, "matchType": "domain", "pageSize": 3}
    assert lines(client, **asked, showNumPages="true") == ["3"]
    pages = [lines(client, **asked, page=page) for page in range(3)]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [*chain(*pages)] == lines(client, url=HOST, matchType="domain")
    beyond = client.get("/cdx/search/cdx", params={**asked, "page": 3})
    assert (beyond.status_code, beyond.text) == (400, "page: 3 is past the last page; there are 3\n")
    # Filters and limits select from a page.
    assert lines(client, **asked, page=0, filter="statuscode:404") == [pages[0][0]]
    assert lines(client, **asked, page=1, limit=1) == pages[1][:1]


def test_pages_count_a_limited_number_of_exchanges(
    filled: Archive, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cdx_server, "MAX_COUNTED", 5)
    asked = {"url": HOST, "matchType": "domain", "pageSize": 2}
    assert lines(client, **asked, showNumPages="true") == ["3"]
    complete = lines(client, url=HOST, matchType="domain")
    assert len(complete) == 7
    assert [lines(client, **asked, page=page) for page in range(3)] == [complete[:2], complete[2:4], complete[4:6]]
    assert client.get("/cdx/search/cdx", params={**asked, "page": 3}).status_code == 400


def test_the_first_page_exists_even_without_lines(filled: Archive, client: httpx.Client):
    assert lines(client, url="absent.example", page=0, output="json") == ["[]"]
    assert client.get("/cdx/search/cdx", params={"url": "absent.example", "page": 1}).status_code == 400
    assert lines(client, url="absent.example", showNumPages="true") == ["0"]


def test_a_request_examines_a_limited_number_of_exchanges(
    filled: Archive, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cdx_server, "MAX_EXAMINED", 2)
    asked = {"url": HOST, "matchType": "host", "filter": "original:.*raw", "showResumeKey": "true"}
    found: list[str] = []
    for _ in range(4):
        part, _, key = f"\n{client.get('/cdx/search/cdx', params=asked).text}".partition("\n\n")
        found += part.split()[:1]
        if key:
            asked["resumeKey"] = key.strip()
    assert found[-1] == "example,coalition)/raw"


def test_head_has_the_fields_of_get(filled: Archive, client: httpx.Client):
    for parameters in ({"url": URL}, {"url": URL, "output": "json"}, {"url": URL, "showNumPages": "true"}):
        head, get = (client.request(method, "/cdx/search/cdx", params=parameters) for method in ("HEAD", "GET"))
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == get.headers["content-type"]
    assert client.head("/cdx/search/cdx").status_code == 400


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({}, "url: missing"),
        ({"url": ""}, "url: missing"),
        ({"url": "https://u:p@a.example/"}, "url: "),
        ({"url": "http://[::1/"}, "url: "),
        ({"url": "a.example:99999/"}, "url: "),
        ({"url": "a" * 12_000}, "url: it has 12,000 characters"),
        ({"url": "*"}, "url: "),
        ({"url": URL, "matchType": "regex"}, "matchType: 'regex' is not supported"),
        ({"url": URL, "output": "xml"}, "output: 'xml' is not supported"),
        ({"url": URL, "limit": "many"}, "limit: 'many' is not a whole number"),
        ({"url": URL, "limit": "9" * 400}, "limit: "),
        ({"url": URL, "limit": "٣"}, "limit: "),
        ({"url": URL, "offset": "-1"}, "offset: "),
        ({"url": URL, "page": "-1"}, "page: "),
        ({"url": URL, "page": "99999999999"}, "page: "),
        ({"url": URL, "pageSize": "0"}, "pageSize: "),
        ({"url": URL, "from": "yesterday"}, "from: "),
        ({"url": URL, "to": "20211301"}, "to: "),
        ({"url": URL, "sort": "random"}, "sort: "),
        ({"url": URL, "sort": "closest", "closest": "x"}, "closest: "),
        ({"url": "a.example/*", "sort": "reverse"}, "sort: reverse needs matchType=exact"),
        ({"url": URL, "filter": "statuscode"}, "filter: "),
        ({"url": URL, "filter": "title:x"}, "filter: there is no field 'title'"),
        ({"url": URL, "filter": "original:("}, "filter: '(' is not a regular expression of RE2"),
        ({"url": URL, "filter": r"original:(a)\1"}, "filter: "),
        ({"url": URL, "filter": "original:" + "(a{1000}){1000}"}, "filter: "),
        ({"url": URL, "filter": "original:" + "a" * 501}, "filter: "),
        ({"url": URL, "filter": ["statuscode:200"] * 21}, "filter: given 21 times; the maximum is 20"),
        ({"url": URL, "collapse": "title"}, "collapse: "),
        ({"url": URL, "collapse": "timestamp:x"}, "collapse: "),
        ({"url": URL, "collapse": ["digest"] * 5}, "collapse: "),
        ({"url": URL, "fl": "title"}, "fl: "),
        ({"url": URL, "fl": ","}, "fl: "),
        ({"url": URL, "fl": "url," * 900}, "fl: "),
        ({"url": URL, "resumeKey": "x"}, "resumeKey: "),
        ({"url": URL, "resumeKey": "W10"}, "resumeKey: "),
    ],
)  # fmt: skip
def test_an_invalid_parameter_is_named(client: httpx.Client, parameters: dict, named: str):
    for method in ("GET", "HEAD"):
        response = client.request(method, "/cdx/search/cdx", params=parameters)
        assert response.status_code == 400
        assert method == "HEAD" or response.text.startswith(named), response.text
        assert len(response.text) < 300


def test_ten_thousand_filters_and_surrogates_are_refused():
    with pytest.raises(InvalidParameter, match="filter: given 10,000 times"):
        read_query([("url", URL), *[("filter", "statuscode:200")] * 10_000])
    for name in ("url", "filter", "closest", "resumeKey", "collapse", "limit"):
        value = "original:\ud800" if name == "filter" else "http://a.example/\ud800"
        with pytest.raises(InvalidParameter, match=f"^{name}: "):
            read_query([("url", URL), (name, value)])


@given(
    st.lists(
        st.tuples(
            st.sampled_from("url matchType output limit offset from to filter collapse fl sort closest page pageSize resumeKey".split()),
            st.one_of(st.text(max_size=20), st.integers().map(str), st.sampled_from(["*", "a.example/*", "statuscode:200", "timestamp:4"])),
        ),
        max_size=8,
    )
)  # fmt: skip
def test_any_parameters_are_parsed_or_named(parameters: list[tuple[str, str]]):
    try:
        query = read_query([("url", "http://a.example/"), *parameters])
    except InvalidParameter as error:
        assert str(error).split(":")[0] in dict(parameters)  # noqa: PT017
    else:
        assert query.limit >= 0
        assert query.page_size > 0


@given(
    st.text("abz,)/?=~%", min_size=1),
    st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)),
    st.integers(0, 2**63 - 1),
)
def test_a_resume_key_is_parsed_again(key: str, time: datetime, number: int):
    position = Position(key, time.replace(tzinfo=UTC), number)
    assert read_resume_key(resume_key(position)) == position
