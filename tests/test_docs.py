"""The documentation, held against the program: every name it promises exists, and everything that exists is in it."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.main import get_command
from typer.testing import CliRunner

from alerts.messages.message import MessageKind
from alerts.messages.webhook_body import EVENT_LIMIT, EVENT_TYPE, STORY_TYPE, TEST_TYPE, story_json
from alerts.model import StoryEvent
from pagewitness.cli import app
from pagewitness.cli.verify import as_json
from pagewitness.service.metrics import Metrics
from pagewitness.settings import FILE_SUFFIX, FREE_SUFFIXES, FROM_FILE, Settings, from_env, variable
from pagewitness.watchlist import loader
from pagewitness.web.app import create_app
from storage.database.engine import open_database
from storage.maintenance.verify import Damage
from storage.schema import metadata
from tests.alerts.examples import event as recorded_event
from tests.alerts.message_examples import EVENTS, ITEM, LINKS, MESSAGE
from tests.support.receivers import Mailbox
from tests.support.sites import Site

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
REFERENCE = DOCS / "reference"
KINDS_OF_DOCUMENTATION = {"tutorial", "how-to", "reference", "explanation", "decisions", "images"}

CAPTURED = "<p>We are a coalition of 83 members.</p>"


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# --- links, and what is linked


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_relative_links_lead_somewhere(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            found = (page.parent / path).resolve() if path else page
            assert found.exists(), target
            assert not anchor or anchor in anchors(found), target


def test_every_page_can_be_reached_from_the_index():
    reached, waiting = set(), [DOCS / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md" and page.exists():
            reached.add(page)
            targets = re.findall(r"\]\(([^)\s#]+)", page.read_text())
            waiting += [(page.parent / target).resolve() for target in targets if "://" not in target]
    assert set(DOCS.rglob("*.md")) - reached == set()


def test_pages_stand_in_the_room_of_their_kind():
    assert {path.name for path in DOCS.iterdir() if path.is_dir()} <= KINDS_OF_DOCUMENTATION


def test_decisions_are_numbered_without_gaps_and_have_their_parts():
    records = sorted(path for path in (DOCS / "decisions").glob("*.md") if path.name != "README.md")
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    for record in records:
        text = record.read_text()
        assert text.startswith(f"# {record.name[:4]}: ")
        for part in ("**Context.**", "**Options", "**Decision.**"):
            assert part in text, f"{record.name} lacks {part}"
        assert f"({record.name})" in (DOCS / "decisions" / "README.md").read_text()


# --- reference


def generator() -> Any:
    spec = importlib.util.spec_from_file_location("docs_reference_generate", REFERENCE / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_as_the_code_makes_them():
    for path, text in generator().documents().items():
        assert path.read_text() == text, f"{path.name} is out of date: make docs"


def test_every_command_and_option_is_in_the_reference():
    text = (REFERENCE / "cli.md").read_text()
    for name, command in generator().commands():
        _, _, section = text.partition(f"## `pagewitness {name}`\n")
        assert section, name
        section = section.partition("\n## ")[0]
        for parameter in command.params:
            for option in parameter.opts if parameter.param_type_name == "option" else []:
                assert option in section or option in {"--help", "-h"}, f"{name} {option}"


def test_every_setting_is_in_the_reference():
    text = (REFERENCE / "settings.md").read_text()
    for field in Settings.model_fields:
        assert f"`{variable(field)}`" in text


def test_settings_that_pages_name_exist():
    known = {variable(field) for field in Settings.model_fields} | {"PAGEWITNESS_"}
    known |= {variable(field) + FILE_SUFFIX for field in FROM_FILE}
    for page in PAGES:
        for name in set(re.findall(r"\bPAGEWITNESS_[A-Z_]*", page.read_text())):
            of_the_tests = name.startswith("PAGEWITNESS_FUZZ_")
            assert name in known or of_the_tests or name.endswith(FREE_SUFFIXES), f"{named(page)}: {name}"


def test_every_table_and_column_is_in_the_reference():
    text = (REFERENCE / "database.md").read_text()
    for table in metadata.tables.values():
        _, _, section = text.partition(f"## `{table.name}`\n")
        section = section.partition("\n## ")[0]
        for column in table.columns:
            assert f"| `{column.name}` |" in section, f"{table.name}.{column.name}"


def test_every_address_of_the_web_is_in_the_reference():
    text = (REFERENCE / "urls.md").read_text()
    for route in create_app(object(), clock=lambda: None, version="", operation=object()).routes:  # type: ignore[arg-type]
        path = re.sub(r"\{.*", "", route.path)
        assert f"| `{path}" in text, path


def test_every_metric_is_in_the_guide_and_every_metric_of_the_guide_exists(tmp_path):
    with closing(open_database(f"sqlite:///{tmp_path}/metrics.db")) as database:
        metrics = Metrics(database, clock=lambda: datetime(2021, 3, 1, tzinfo=UTC), version="1")
        process = {"name": "web", "state": "running", "restarts": 0, "memory_bytes": 1}
        text = metrics.exposition("", processes={"processes": [process]})[0].decode()
    families = [family for family in text_string_to_metric_families(text) if family.name.startswith("pagewitness_")]
    exposed = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    guide = (DOCS / "how-to" / "monitor-the-service.md").read_text()
    assert set(re.findall(r"`(pagewitness_\w+)", guide)) == exposed


# --- JSON keys


def documented(page: Path, heading: str) -> list[str]:
    """The keys in the table below a heading, in order."""
    _, _, section = page.read_text().partition(f"\n{heading}\n")
    assert section, heading
    section = re.split(r"^#+ ", section, maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


Say = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Runs a command with --json on a database of its own, and gives the objects it prints."""
    monkeypatch.setenv("PAGEWITNESS_DATABASE_URL", f"sqlite:///{tmp_path}/docs.db")
    monkeypatch.setenv("PAGEWITNESS_WATCHLIST", str(tmp_path / "watchlist.toml"))

    def run(*arguments: str) -> list[dict[str, Any]]:
        done = CliRunner().invoke(app, list(arguments))
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return [json.loads(line) for line in done.stdout.splitlines()] if "--json" in arguments else []

    return run


@pytest.fixture
def watched(site: Site, mailbox: Mailbox, tmp_path: Path, say: Say) -> str:
    """A page that was looked at twice, with a fact changed in between; its URL."""
    url = site.serve("/", CAPTURED)
    declared = (
        f'[[page]]\nurl = "{url}"\nfacts = ["member_count"]\nallow_private = true\n'
        '[[fact]]\nname = "member_count"\ncount_of = ["members"]\n'
        f'[[channel]]\nname = "desk"\ntype = "email"\nhost = "{mailbox.host}"\nport = {mailbox.port}\nsecurity = "none"\n'
        'from = "monitor@example.org"\nto = ["desk@example.org"]\n'
        '[[rule]]\nname = "key facts"\nevents = ["fact_changed"]\nto = ["desk"]\n'
    )
    (tmp_path / "watchlist.toml").write_text(declared)
    say("apply", str(tmp_path / "watchlist.toml"))
    say("check")
    site.serve("/", CAPTURED.replace("83", "85") + "<p>Together, the 84 members act as one.</p>")
    return url


def test_json_keys_of_the_database_s_commands_are_as_documented(watched, say):
    page = REFERENCE / "json.md"
    for command in (
        *(["check"], ["changes"], ["diff", watched], ["facts"], ["pages"], ["history", watched], ["alerts"]),
        ["search", "members"],
    ):
        objects = say(*command, "--json")
        assert objects, command
        for one in objects:
            assert list(one) == documented(page, f"## `{command[0]}`"), command[0]
    assert list(say("rules", "list", "--json")[0]) == documented(page, "## `rules list`")
    assert list(say("rules", "test", "--json")[0]) == documented(page, "## `rules test`")
    (*_, why) = (row.pop("why") for row in say("changes", "--why", "--json"))
    assert list(why) == documented(page, "## `changes --why`")
    (alert,) = say("alerts", "show", say("alerts", "--json")[0]["id"], "--json")
    assert list(alert) == documented(page, "## `alerts show`")
    assert alert["held"] is None
    assert [*alert["delivery"], "summary"] == documented(page, "## `alerts dead`")
    (channel,) = say("channels", "list", "--json")
    assert list(channel) == documented(page, "## `channels list`")
    (status,) = say("status", "--json")
    assert list(status) == documented(page, "## `status`")
    assert list(as_json(Damage("body", "does not match"))) == documented(page, "## `verify`")
    for one in say("facts", "--now", "--json"):
        assert list(one) == documented(page, "## `facts --now`")
    beside = say("facts", "--json")[-1]["contradicts"]
    assert [list(one) for one in beside] == [["value", "quote", "sentence"]]


def test_json_keys_of_inspect_and_compare_are_as_documented(watched, say, tmp_path):
    page = REFERENCE / "json.md"
    old, new = tmp_path / "old.html", tmp_path / "new.html"
    old.write_text(CAPTURED)
    new.write_text(CAPTURED.replace("83", "85"))
    (inspected,) = say("inspect", "--json", str(old))
    assert list(inspected) == documented(page, "## `inspect`")
    assert list(inspected["blocks"][0]) == documented(page, "### A block of `inspect`")
    assert list(inspected["mentions"][0]) == documented(page, "### A mention of `inspect`")
    assert list(inspected["facts"][0]) == documented(page, "### A fact of `inspect`")
    (compared,) = say("compare", "--json", str(old), str(new))
    assert list(compared) == documented(page, "## `compare`")
    assert list(compared["changes"][0]) == documented(page, "## `diff`")


# --- webhooks


WEBHOOK = REFERENCE / "webhook.md"
NO_PAGE = StoryEvent(recorded_event(url=None, label=""), "all")


@pytest.mark.parametrize(
    ("message", "events"),
    [
        (MESSAGE, EVENTS),
        (MESSAGE, [NO_PAGE]),
        (replace(MESSAGE, kind=MessageKind.TEST), EVENTS),
        (replace(MESSAGE, kind=MessageKind.DIGEST, intro="A digest."), [*EVENTS, NO_PAGE]),
        (
            replace(MESSAGE, kind=MessageKind.HOST, items=(replace(ITEM, event_ids=(1, 2)),)),
            [*EVENTS, StoryEvent(recorded_event(number=2), "key facts")],
        ),
        (MESSAGE, [StoryEvent(recorded_event(number=number), "all") for number in range(EVENT_LIMIT + 1)]),
    ],
    ids=range(6),
)
def test_webhooks_are_as_their_schema_says(message, events):
    schema = json.loads((REFERENCE / "webhook.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    validator.validate(json.loads(json.dumps(story_json(message, events, LINKS))))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({"type": "pagewitness.event"})


def test_a_webhook_s_keys_are_as_documented():
    real, (example,) = story_json(MESSAGE, EVENTS, LINKS), map(json.loads, blocks(WEBHOOK, "json"))
    assert list(real) == documented(WEBHOOK, "## Body")
    assert list(example) == list(real)
    entry, of_example = real["events"][0], example["events"][0]
    assert list(entry) == list(of_example)
    assert list(entry)[len(real["event"]) :] == documented(WEBHOOK, "### An entry of `events`")
    for part in ("page", "event", "links"):
        assert list(example[part]) == list(real[part])
    schema = json.loads((REFERENCE / "webhook.schema.json").read_text())
    jsonschema.validate(example, schema)
    assert schema["required"] == list(real)
    assert {EVENT_TYPE, STORY_TYPE, TEST_TYPE} <= set(re.findall(r"pagewitness\.\w+", WEBHOOK.read_text()))


def test_the_documented_check_of_a_signature_works(new_receiver, tmp_path, monkeypatch):
    receiver = new_receiver()
    secret = "whsec_" + "QUJD" * 8
    monkeypatch.setenv("PAGEWITNESS_DATABASE_URL", f"sqlite:///{tmp_path}/hook.db")
    declared = (
        '[[page]]\nurl = "https://example.org/"\n'
        f'[[channel]]\nname = "hook"\ntype = "webhook"\nurl = "{receiver.url}"\nsecret = "{secret}"\nallow_private = true\n'
    )
    (tmp_path / "watchlist.toml").write_text(declared)
    for command in (["apply", str(tmp_path / "watchlist.toml")], ["channels", "test", "hook"]):
        assert CliRunner().invoke(app, command).exit_code == 0
    (call,) = receiver.calls
    (code,) = blocks(REFERENCE / "webhook.md", "python")
    names: dict[str, Any] = {}
    exec(code, names)
    assert names["is_genuine"](secret, call.headers, call.body)
    assert not names["is_genuine"](secret, call.headers, call.body + b" ")
    assert not names["is_genuine"]("whsec_" + "QUJE" * 8, call.headers, call.body)
    assert set(re.findall(r"^\| `(webhook-\w+)`", (REFERENCE / "webhook.md").read_text(), re.MULTILINE)) <= set(
        call.headers
    )


# --- what people type


def typed(page: Path) -> Iterator[list[str]]:
    """The words of each call of `pagewitness` in a page's shell blocks and indented lines."""
    text = "\n".join(re.sub(r"<<'END'\n.*?\nEND\n", "\n", block, flags=re.DOTALL) for block in blocks(page, "sh"))
    indented = "\n".join(re.findall(r"^ {4}(\S.*)$", page.read_text(), re.MULTILINE))
    for line in (text + "\n" + indented).replace("\\\n", " ").splitlines():
        words = line.split(" #")[0].removeprefix("sudo ").split()
        for n, word in enumerate(words if words[:1] != ["install"] else []):
            if word.endswith("bin/pagewitness") or (
                word == "pagewitness"
                and (
                    n == 0
                    or (words[:3] == ["docker", "compose", "exec"] and n == 4)
                    or (words[:4] == ["docker", "compose", "run", "--rm"] and n == 4)
                )
            ):
                yield words[n + 1 :]
                break


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted([*DOCS.glob("tutorial/*.md"), *DOCS.glob("how-to/*.md")])], ids=named
)
def test_commands_that_pages_quote_exist(page):
    groups = get_command(app).commands  # type: ignore[attr-defined]
    for words in typed(page):
        assert words, page
        command = groups.get(words[0])
        assert command is not None, words
        if inner := getattr(command, "commands", None):
            command = inner[words[1]] if len(words) > 1 and words[1] in inner else command
        known = {option for parameter in command.params for option in [*parameter.opts, *parameter.secondary_opts]}
        assert {word.split("=")[0] for word in words if word.startswith("--")} <= known | {"--help", "--"}, words


def test_the_tutorial_s_watchlist_and_page_are_read_as_it_says(tmp_path):
    tutorial = DOCS / "tutorial" / "first-watch.md"
    files = {
        target: content
        for block in blocks(tutorial, "sh")
        for target, content in re.findall(r"cat > (\S+) <<'END'\n(.*?)END\n", block, re.DOTALL)
    }
    for target, content in files.items():
        (tmp_path / target).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / target).write_text(content)
    assert loader.load(tmp_path / "trial/watchlist.toml").warnings == ()
    (command,) = [shlex.join(words) for words in typed(tutorial) if words[0] == "inspect"]
    words = [str(tmp_path / word) if word.startswith("trial/") else word for word in shlex.split(command)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0
    assert "member_count = 83 members: stated in 1 of 1 places" in done.stdout


def test_the_proxies_publish_the_names_and_forward_to_the_port_of_the_settings():
    page = DOCS / "how-to" / "reverse-proxy.md"
    settings = from_env(dict(line.split("=", 1) for line in blocks(page, "sh")[0].splitlines()))
    upstream = f"{settings.web_host}:{settings.web_port}"
    names = [urlsplit(url).hostname for url in (settings.base_url, settings.replay_origin)]
    (nginx,), (caddy,) = blocks(page, "nginx"), blocks(page, "caddy")
    assert re.findall(r"server_name (\S+);", nginx) == names
    assert re.findall(r"^(\S+) \{", caddy, re.MULTILINE)[-2:] == names
    assert (
        re.findall(r"proxy_pass http://(\S+);", nginx) == re.findall(r"reverse_proxy (\S+) \{", caddy) == [upstream] * 2
    )
    paths = {route.path for route in create_app(object(), clock=lambda: None, version="", operation=object()).routes}  # type: ignore[arg-type]
    for config in (nginx, caddy):
        assert config.count("{") == config.count("}")
        hidden = {path for path in paths if re.search(rf"\b{path[1:]}\b", config) and path != "/"}
        assert hidden == {"/healthz", "/readyz", "/metrics"}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_watchlists_in_pages_can_be_used(page, tmp_path):
    """Whole ones as they stand; parts of one together with what they leave out."""
    whole = "\n".join(blocks(page, "toml"))
    if "[[channel]]" not in whole:
        return
    if "[[page]]" not in whole:
        whole += '\n[[page]]\nurl = "https://example.org/"\nlabel = "Coalition mission"\n'
    path = tmp_path / "watchlist.toml"
    path.write_text(whole)
    assert loader.load(path).channels
