"""Dockerfile and docker-compose.yml, held against the program they run. Nothing is built here."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from pagewitness.cli import app
from pagewitness.settings import Settings, from_env, variable
from pagewitness.watchlist import loader
from pagewitness.web.app import create_app

ROOT = Path(__file__).parent.parent
COMMANDS = set(get_command(app).commands)  # type: ignore[attr-defined]
PINNED = re.compile(r"[\w./-]+:v?\d+\.\d+[\w.-]*")


@pytest.fixture(scope="module")
def image() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, in order: name and rest, continued lines joined, comments left out."""
    text = "\n".join(line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#"))
    lines = text.replace("\\\n", " ").splitlines()
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines) if word]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def final_stage(image: list[tuple[str, str]]) -> list[tuple[str, str]]:
    last = max(n for n, (word, _) in enumerate(image) if word == "FROM")
    return image[last:]


def one(image: list[tuple[str, str]], name: str) -> str:
    found = [rest for word, rest in final_stage(image) if word == name]
    assert len(found) == 1, f"{name} stands {len(found)} times in the last stage"
    return found[0]


def image_environment(image: list[tuple[str, str]]) -> dict[str, str]:
    pairs = [part for word, rest in final_stage(image) if word == "ENV" for part in shlex.split(rest)]
    return dict(pair.split("=", 1) for pair in pairs)


def ours(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith("PAGEWITNESS_")}


def service_environment(compose: dict[str, Any], image: list[tuple[str, str]]) -> dict[str, str]:
    """What the program sees in its container, with nothing set outside."""
    given = {
        name: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value))
        for name, value in compose["services"]["pagewitness"]["environment"].items()
    }
    return ours(image_environment(image)) | given


# --- the image


def test_the_image_starts_a_real_command(image):
    assert json.loads(one(image, "ENTRYPOINT")) == ["pagewitness"]
    assert json.loads(one(image, "CMD"))[0] in COMMANDS


def test_the_image_does_not_run_as_root(image):
    assert one(image, "USER") not in {"", "root", "0"}
    assert any(one(image, "USER") in rest for word, rest in final_stage(image) if word == "RUN")


def test_the_image_s_environment_is_one_that_the_settings_take(image):
    settings = from_env(ours(image_environment(image)))
    assert settings.web_host == "0.0.0.0"
    assert settings.web_port == int(one(image, "EXPOSE"))
    assert settings.database_url.removeprefix("sqlite:///").startswith(one(image, "VOLUME") + "/")


def test_the_image_asks_the_web_how_it_is_at_a_path_that_exists(image):
    path = re.search(r"'GET', '([^']+)'", one(image, "HEALTHCHECK"))
    assert path is not None
    routes = {route.path for route in create_app(object(), clock=lambda: None, version="", operation=object()).routes}  # type: ignore[arg-type]
    assert path[1] in routes
    assert "curl" not in one(image, "HEALTHCHECK")


def test_the_image_s_health_check_is_valid_python(image):
    _, _, command = one(image, "HEALTHCHECK").partition("CMD ")
    python, flag, code = json.loads(command)
    assert (python, flag) == ("python", "-c")
    compile(code, "healthcheck", "exec")


def test_the_image_installs_pinned_packages_for_postgresql_and_leaves_no_tools(image):
    installs = [rest for word, rest in image if word == "RUN" and " install " in rest and "pip" in rest]
    assert any("-c constraints.txt" in rest and ".[postgres]" in rest for rest in installs)
    assert not any("pip install" in rest or "apt-get" in rest for _, rest in final_stage(image))


def test_what_the_image_copies_exists_and_is_not_ignored(image):
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for word, rest in image:
        if word == "COPY" and not rest.startswith("--from"):
            for name in rest.split()[:-1]:
                assert (ROOT / name).exists()
                assert name in let_in


def test_every_image_is_pinned(image, compose):
    bases = [rest.split()[0] for word, rest in image if word == "FROM"]
    images = [service["image"] for service in compose["services"].values() if "image" in service]
    for name in [*bases, *images]:
        assert PINNED.fullmatch(name), name


# --- compose


def test_compose_gives_the_service_settings_that_it_takes(compose, image, tmp_path):
    environment = service_environment(compose, image)
    known = {variable(field) for field in Settings.model_fields} | {"PAGEWITNESS_DATABASE_URL_FILE"}
    wanted = {name for name in environment if not name.endswith(("_SECRET", "_PASSWORD"))}
    assert wanted <= known
    for name, value in environment.items():
        if value.startswith("/"):  # paths of the container: files of ours stand in for them
            stand_in = tmp_path / name
            stand_in.write_text("postgresql://pagewitness:secret@postgres/pagewitness")
            environment[name] = str(stand_in)
    settings = from_env(environment)
    assert settings.database_url.startswith("postgresql://")
    assert settings.web_host == "0.0.0.0"


def test_compose_s_paths_are_mounted_where_the_environment_says(compose):
    service = compose["services"]["pagewitness"]
    source, target, mode = service["volumes"][0].split(":")
    assert (ROOT / source).is_file()
    assert (target, mode) == (service["environment"]["PAGEWITNESS_WATCHLIST"], "ro")
    for name in ("pagewitness", "postgres"):
        one_service = compose["services"][name]
        files = [value for key, value in one_service["environment"].items() if key.endswith("_FILE")]
        assert files == [f"/run/secrets/{secret}" for secret in one_service["secrets"]]
        assert set(one_service["secrets"]) <= set(compose["secrets"])


def test_the_secrets_that_the_watchlist_reads_are_handed_in(compose):
    channels = loader.load(ROOT / "watchlist.toml").channels
    secrets = [getattr(channel, "password", None) or getattr(channel, "secret", None) or "" for channel in channels]
    assert {secret.removeprefix("env:") for secret in secrets if secret.startswith("env:")} <= set(
        compose["services"]["pagewitness"]["environment"]
    )


def test_ports_are_published_on_this_machine_only(compose, image):
    published = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert compose["services"]["pagewitness"]["ports"] == ["127.0.0.1:8080:" + one(image, "EXPOSE")]


def test_the_service_is_locked_down_and_waits_for_its_database(compose):
    service = compose["services"]["pagewitness"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert service["restart"] == "unless-stopped"


def test_the_database_is_healthy_when_its_own_tool_says_so(compose):
    service = compose["services"]["postgres"]
    assert service["healthcheck"]["test"][1].startswith("pg_isready ")
    for name in ("POSTGRES_USER", "POSTGRES_DB"):
        assert f"={service['environment'][name]}" in service["healthcheck"]["test"][1]
    assert service["image"].startswith("postgres:17")


def test_the_mail_catcher_is_only_there_for_trials(compose):
    assert compose["services"]["mail"]["profiles"] == ["trial"]
    assert compose["services"]["mail"]["healthcheck"]["test"][0] == "CMD"
