"""A watchlist that is wrong is refused with a line for everything that is wrong, in the file's own terms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ConfigurationError
from pagewitness.watchlist.loader import Watchlist, WatchlistError, load, parse
from tests.pagewitness.watchlist.written import EMAIL, HOOK, PAGE, problems, the_problem

FACT = '[[fact]]\nname = "member_count"\ncount_of = ["members"]\n'
RULE = '[[rule]]\nname = "r"\nevents = ["fact_lost"]\nto = ["desk"]\n'


def test_it_is_a_configuration_error():
    assert issubclass(WatchlistError, ConfigurationError)


def test_all_errors_are_reported_at_once_in_the_order_of_the_file():
    text = """\
[[page]]
url = "https://example.org/one"
every = "6x"
facts = ["membercount"]

[[page]]
url = "https://example.org/two"
labl = "Two"
every = "1h"
cron = "61 * * * *"

[[page]]
url = "http://127.0.0.1/"
paused = "no"

[[fact]]
name = "member_count"
count_of = ["members"]
money_of = ["aid"]

[[channel]]
name = "desk"
type = "email"
host = "smtp.example.org"
port = "587"
from = "Monitor <monitor@example.org>"
to = []

[[rule]]
name = "key facts"
events = ["fact_change", "fact_lost"]
to = ["dsk"]
pages = ["Three"]
facts = ["member_count"]
"""
    assert problems(text) == (
        (
            'list.toml:3: page[1] (https://example.org/one) every: found "6x"; it takes weeks, days, hours, minutes and seconds in this order, '
            'such as "1d", "6h", "1h30m" or "2s"'
        ),
        (
            'list.toml:8: page[2] (https://example.org/two) labl: there is no such key (did you mean "label"?); '
            "a page takes url, urls, urls_file, label, allow_private, paused, every, cron, timezone, jitter, windows, adaptive, facts, tags, only, without, robots, requisites, mute, always_report, paused_until, headers, cookies, basic_auth"
        ),
        (
            "list.toml:10: page[2] (https://example.org/two) cron: '61' in the field minute can not be read; it takes numbers from 0 to 59, "
            'as "*", lists (1,5), rising ranges (1-5) and steps (*/2)'
        ),
        (
            "list.toml:12: page[3] (http://127.0.0.1/) allow_private: http://127.0.0.1/ is on a private or loopback address; "
            "set allow_private = true if that is meant"
        ),
        'list.toml:14: page[3] (http://127.0.0.1/) paused: found "no"; it takes true or false',
        "list.toml:16: fact[1] (member_count): found count_of and money_of of count_of, percent_of, money_of, date_of, text, list; exactly one is needed",
        'list.toml:25: channel[1] (desk) port: found "587"; it takes a whole number',
        'list.toml:26: channel[1] (desk) from: found "Monitor <monitor@example.org>"; it takes a plain mail address, such as "desk@example.org"',
        "list.toml:27: channel[1] (desk) to: found []; it may not be empty",
        (
            'list.toml:31: rule[1] (key facts) events[1]: found "fact_change"; it takes '
            "'fact_changed', 'fact_contradiction', 'fact_agreed', 'fact_lost', 'fact_found', 'fact_drifted', 'fact_flapping', 'number_changed', "
            "'text_changed', 'page_gone', 'page_moved', 'page_blocked', 'page_back', 'page_stale', 'page_new', 'certificate_expiring', "
            "'channel_failing' or 'page_unreadable' (did you mean \"fact_changed\"?)"
        ),
    )


def test_names_are_checked_across_tables():
    text = (
        PAGE
        + 'facts = ["membercount"]\n'
        + FACT
        + EMAIL
        + '[[rule]]\nname = "r"\nevents = ["fact_lost"]\nto = ["desk", "dsk"]\npages = ["Hme"]\nfacts = ["x"]\n'
    )
    assert problems(text.replace('org/"\n', 'org/"\nlabel = "Home"\n', 1)) == (
        (
            'list.toml:4: page[1] (https://example.org/) facts[1]: there is no fact "membercount" (did you mean "member_count"?); '
            "declared: member_count"
        ),
        'list.toml:17: rule[1] (r) to[2]: there is no channel "dsk" (did you mean "desk"?); declared: desk',
        'list.toml:18: rule[1] (r) pages[1]: no page has the URL or label "Hme" (did you mean "Home"?)',
        'list.toml:19: rule[1] (r) facts[1]: there is no fact "x"; declared: member_count',
    )


def test_a_name_whose_table_is_wrong_otherwise_is_not_called_unknown_on_top():
    text = PAGE + 'facts = ["f"]\n[[fact]]\nname = "f"\n' + EMAIL.replace("type", "tipe") + RULE
    assert [problem.partition(":")[2] for problem in problems(text)] == [
        "4: fact[1] (f): found none of count_of, percent_of, money_of, date_of, text, list; exactly one is needed",
        (
            '6: channel[1] (desk) type: missing; it takes "email", "slack", "teams", "discord", "telegram", "matrix", '
            '"mattermost", "ntfy", "gotify", "apprise" or "webhook"'
        ),
    ]


def test_two_pages_with_one_url_are_both_named():
    assert the_problem(PAGE + '[[page]]\nurl = "HTTPS://EXAMPLE.org#top"\n') == (
        "list.toml:4: page[2] (HTTPS://EXAMPLE.org#top) url: page[1] (https://example.org/) is the same page, https://example.org/; remove one"
    )


@pytest.mark.parametrize(("table", "kind"), [(FACT, "fact"), (EMAIL, "channel"), (EMAIL + RULE, "rule")])
def test_names_are_unique_among_their_kind(table, kind):
    twice = table + (RULE if kind == "rule" else table)
    assert f"{kind}[1] has the same name" in the_problem(PAGE + twice)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("every = 6", "found 6; it takes a text in quotes"),
        ('every = "0s"', 'the shortest interval is "1s"'),
        ('every = "367d"', 'the longest "366d"'),
        ('every = ""', 'found ""; it takes weeks'),
        ('every = "1.5h"', "it takes weeks"),
        ('every = "30m1h"', "it takes weeks"),
        ('every = "1h"\ncron = "0 0 * * *"', "every and cron are both given"),
        ('cron = "0 0 * *"', "has 4 fields"),
        ('cron = "0 0 * * *"\ntimezone = "Europe/Berlyn"', "no known time zone"),
        ('timezone = "Europe/Berlin"', "without cron"),
        ("facts = [1]", "facts[1]: found 1; it takes a text in quotes"),
        ('facts = "member_count"', "it takes a list"),
        ('windows = ["mon-fri 8-18"]', 'found "mon-fri 8-18"; it takes days, a range of hours or both'),
        ('windows = ["mo 08:00-18:00"]', 'found "mo 08:00-18:00"; days are mon, tue, wed'),
        ('windows = ["08:00-08:00"]', "which lasts no time"),
        ('windows = ["sat"]\ncron = "0 6 * * *"', "cron and windows are both given"),
        ('jitter = "soon"', 'found "soon"; it takes weeks, days'),
        ('adaptive = { min = "1d", max = "1h" }', "min must be the shorter one"),
        ('adaptive = { min = "1h" }', "missing"),
        ('every = "2d"\nadaptive = { min = "1h", max = "1d" }', 'every is "2d", which is not between'),
        ('adaptive = { min = "1h", max = "1d" }\ncron = "0 6 * * *"', "cron and adaptive are both given"),
        ('mute = ["x"]', "at least 3 characters"),
        ('mute = ["--"]', "the words at that place"),
        ('mute = ["Weather"]\nalways_report = ["Weather"]', "is in mute and in always_report"),
        ('robots = "overrule"', "'obey' or 'ignore'"),
        ('timezone = "Europe/Berlin"', "timezone is given without cron or windows"),
        ("paused = 2030-01-01", 'found "2030-01-01"; it takes true or false'),
    ],
)
def test_wrong_keys_of_a_page_are_explained(line, message):
    assert message in the_problem(PAGE + line + "\n")


@pytest.mark.parametrize(
    "url", ["example.org", "ftp://example.org/", "https://", "http://example.org:99999/", "javascript:alert(1)"]
)
def test_what_is_no_web_address_is_refused(url):
    assert "list.toml:2: page[1]" in the_problem(f'[[page]]\nurl = "{url}"\n')


def test_a_password_in_a_url_is_refused_and_not_repeated():
    problem = the_problem('[[page]]\nurl = "https://me:hunter2@example.org/"\n')
    assert "carries a user name or password" in problem
    assert "hunter2" not in problem


@pytest.mark.parametrize(
    "lines",
    [
        'type = "slack"\nurl = "htps://hooks.example.org/hunter2"',
        'type = "slack"\nurl = "http://127.0.0.1/hunter2"',
        'type = "webhook"\nurl = ["https://example.org/hunter2"]',
        'type = "webhook"\nurl = "https://example.org/"\nfields = { key = ["hunter2"] }',
        'type = "ntfy"\ntopic = ["hunter2"]',
        'type = "gotify"\nserver = "https://example.org/"\ntoken = ["hunter2"]',
        'type = "apprise"\nurls = ["hunter2"]',
        'type = "apprise"\nurls = [["hunter2"]]',
        'type = "apprise"\nurls = "json://hunter2"',
        'type = "apprise"\nurls = ["json://hunter2@localhost/hunter2"]',
    ],
)
def test_secrets_of_a_channel_are_not_repeated(lines: str):
    found = problems(f'{PAGE}[[channel]]\nname = "c"\n{lines}\n')
    assert found
    assert "hunter2" not in "".join(found)


def test_the_name_of_a_header_field_is_reported_under_its_own_name():
    assert "headers[a b]: found" in the_problem(f'{PAGE}headers = {{ "a b" = "c" }}\n')


@pytest.mark.parametrize("name", ["Member", "1st", "a-b", "", "a b", "é"])
def test_fact_names_are_plain_words(name):
    assert "fact[1]" in the_problem(PAGE + FACT.replace("member_count", name))


def test_a_fact_needs_words():
    assert "it may not be empty" in the_problem(PAGE + FACT.replace('["members"]', "[]"))
    assert "count_of[1]: a noun phrase may not be empty" in the_problem(PAGE + FACT.replace('["members"]', '["  "]'))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "list.toml: there is nothing to watch"),
        ("# nothing yet\n", "there is nothing to watch"),
        ("page = []\n", "there is nothing to watch"),
        (FACT, "there is nothing to watch"),
        ("[page]\nurl = 'https://example.org/'\n", "list.toml:1: page: write [[page]] with two brackets"),
        ("page = ['https://example.org/']\n", "list.toml:1: page: write [[page]]"),
        (
            PAGE + "[[pages]]\nurl = 'https://example.org/b'\n",
            'list.toml:3: there is no such key as pages (did you mean "page"?)',
        ),
    ],
)
def test_the_shape_of_the_file_is_explained(text, message):
    assert message in the_problem(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PAGE + 'label = "Home\n', "list.toml:3: this is not TOML: "),
        (PAGE + "every = 6h\n", "list.toml:3: this is not TOML: "),
        (PAGE + "facts = [\n", "this is not TOML: "),
    ],
)
def test_invalid_toml_is_reported_with_its_line(text, message):
    assert message in the_problem(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PAGE + 'every = "1h"\nlabel = "x"\nevery = "2h"\n', "list.toml:5: every is given twice in this table, first in line 3; keep one"),
        (PAGE + "[[page]]\nfacts = []\n'facts' = [\n  'a',\n]\n", "list.toml:5: facts is given twice in this table, first in line 4"),
        (PAGE + "adaptive = { min = '1h', min = '2h' }\n", "list.toml:3: min is given twice in one inline table; keep one"),
        ("[defaults]\nevery = '1h'\n\n[defaults]\n" + PAGE, "list.toml:4: [defaults] is given twice, first in line 1; write it once"),
        ('a = 1\n"a" = 2\n', "list.toml:2: a is given twice in this table, first in line 1"),
        ("[page]\n[[page]]\n", "list.toml:2: this is not TOML: Cannot overwrite a value"),
        ("a.b = 1\na.b.c = 2\n", "list.toml:2: this is not TOML: Cannot overwrite a value"),
    ],
)  # fmt: skip
def test_a_key_that_is_given_twice_is_named_with_both_lines(text, message):
    assert message in the_problem(text)


def test_each_kind_of_unreadable_file_has_its_own_message(tmp_path):
    def refusal(path):
        with pytest.raises(WatchlistError) as caught:
            load(path)
        return str(caught.value)

    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"[[page]]\nlabel = '\xe9t\xe9'\n")
    empty = tmp_path / "empty.toml"
    empty.touch()
    assert refusal(tmp_path / "none.toml") == f"{tmp_path}/none.toml: there is no such file"
    assert refusal(tmp_path) == f"{tmp_path}: this is a directory; name a file in it"
    assert refusal(latin / "below").startswith(f"{latin}/below: it can not be read: ")
    assert refusal(latin) == f"{latin}:2: this is not UTF-8 text; save the file as UTF-8"
    assert refusal(empty).startswith(f"{empty}: there is nothing to watch")


def test_line_numbers_are_right_after_texts_and_lists_that_resemble_tables():
    text = (
        PAGE
        + 'label = """\n[[page]]\nevery = "x"\n"""\nfacts = [\n  "a",\n]\n\n[[page]]\n"url" = "https://example.org/b"\nevery = "x"\n'
    )
    assert [problem.partition(" ")[0] for problem in problems(text)] == ["list.toml:7:", "list.toml:13:"]


lines = st.sampled_from(
    [
        *(PAGE + FACT + EMAIL + HOOK + RULE).splitlines(),
        "[page]",
        "[[x]]",
        "page = 1",
        'every = ["1h"]',
        "url = 1",
        "type = []",
        "facts = {}",
        "to = [[]]",
    ]
)


@given(st.lists(lines | st.text(max_size=20), max_size=25))
def test_any_file_is_accepted_or_refused_with_a_message(parts):
    try:
        found = parse("\n".join(parts), "list.toml")
    except WatchlistError as error:
        found = error
    assert isinstance(found, Watchlist) or (
        found.problems and all(line.startswith("list.toml") for line in found.problems)
    )


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("step = 0", 'step: found 0; it takes a number above 0, such as 3, or a share, such as "5 %"'),
        ('step = "five"', 'step: found "five"; it takes a number above 0, such as 3, or a share, such as "5 %"'),
        ("step = true", "step"),
        ('direction = "sideways"', "direction: found \"sideways\"; it takes 'up' or 'down'"),
        ('above = "many"', "above"),
    ],
)
def test_inconsistent_limits_of_a_rule_are_refused(key, message):
    assert message in "\n".join(problems(PAGE + EMAIL + RULE + key))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("text = { pattern = '(?P<a>b' }", '5: fact[1] (f) text[pattern]: found "(?P<a>b"; it is no pattern that RE2 reads: missing )'),
        ("text = { pattern = 'b' }", "put the one part that is the value into (?P<value>…)"),
        ("text = { selector = 'p[' }", "it is no CSS selector that is known here; write one like #members"),
        ("text = { patern = 'b' }", '5: fact[1] (f) text[patern]: there is no such key (did you mean "pattern"?); it takes pattern, selector'),
        ("text = { pattern = '(?P<a>b)', selector = 'p' }", "found both of pattern and selector; exactly one is needed"),
        ("text = { }", "found neither of pattern and selector; exactly one is needed"),
        ("text = 'b'", '5: fact[1] (f) text: found "b"; it takes { pattern = "…" } or { selector = "…" }'),
        ("list = ['b']", '5: fact[1] (f) list: found ["b"]; it takes { heading = "…" }, { column = "…" } or { selector = "…" }'),
        ("list = { }", "found none of heading, column and selector; one of them says where the list is"),
        ("list = { selector = 'li', heading = 'x' }", "it says by itself where the items are: keep one"),
        ("list = { heading = '–' }", 'list[heading]: found "–"; it takes the words at that place'),
        ("list = { heading = 'x' }\nunder = ['x']", 'list and under are both given; write list = { heading = "…" } instead'),
        ("list = { heading = 'x' }\ncount_of = ['x']", "found count_of and list of"),
        ("text = { selector = 'p' }\nnear = ['x']", "text by a selector and near are both given"),
        ("date_of = ['x']\nagainst = 'f'", "against is given without count_of; only a count can be held against a list"),
        ("count_of = ['x']\nagainst = 'g'", '6: fact[1] (f) against: there is no fact "g"; declared: f'),
        ("count_of = ['x']\nagainst = 'f'", "6: fact[1] (f) against: fact[1] (f) is no list; it takes the name of a fact with list ="),
        ("count_of = ['x']\nkinds = ['rows']", '6: fact[1] (f) kinds[1]: found "rows"; it takes'),
        ("count_of = ['x']\ninside = 'p >'", '6: fact[1] (f) inside: found "p >"; it is no CSS selector'),
        ("count_of = ['x']\nunder = ['-']", '6: fact[1] (f) under[1]: found "-"; a noun phrase has letters or digits'),
        ("date_off = ['x']", 'there is no such key (did you mean "date_of"?); a fact takes name, count_of,'),
    ],
)  # fmt: skip
def test_an_invalid_fact_is_reported_with_its_line_and_what_to_write(lines: str, message: str):
    fact = f'[[fact]]\nname = "f"\n{lines}\n'
    with pytest.raises(WatchlistError) as refused:
        parse(f"[[page]]\nurl = 'https://a.example/'\n{fact}", "list.toml")
    assert any(message in problem.replace("list.toml:", "") for problem in refused.value.problems), (
        refused.value.problems
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("baseline = 82", "baseline is given without drift"),
        ('drift = "a lot"', 'drift: found "a lot"; it takes a number above 0'),
        ('drift = 3\nbaseline = "soon"', "baseline"),
    ],
)
def test_an_inconsistent_drift_is_refused(lines, message):
    assert message in "\n".join(problems(PAGE + FACT + lines))


def test_only_numbers_drift():
    text = '[[fact]]\nname = "chair"\ntext = { selector = "#chair" }\ndrift = 3\n'
    assert "only numbers drift" in the_problem(PAGE + text)
