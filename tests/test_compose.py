"""Dockerfile, docker-compose.yml and .env.example match the program that they run. Nothing is built here."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from pagewitness.cli import app
from pagewitness.settings import Settings, from_env, variable
from pagewitness.watchlist import loader
from pagewitness.web.app import create_app
from pagewitness.web.connections import ConnectionLimits
from pagewitness.web.server import WebServer

ROOT = Path(__file__).parent.parent
COMMANDS = set(get_command(app).commands)  # type: ignore[attr-defined]
SUBSTITUTED = re.compile(r"\$\{(\w+):-([^}]*)\}")
HOW_TO = ROOT / "docs" / "how-to" / "run-as-a-service.md"
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
    """The environment of the program in its container, with an empty .env."""
    given = {
        name: SUBSTITUTED.sub(r"\2", str(value))
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


@pytest.mark.parametrize("status", [200, 503])
def test_the_image_s_health_check_reports_the_status_of_the_web(image, status):
    async def app(scope, receive, send):
        right = scope["path"] == "/healthz" and scope["method"] == "GET"
        await send({"type": "http.response.start", "status": status if right else 404, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    _, _, command = one(image, "HEALTHCHECK").partition("CMD ")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = str(listening.getsockname()[1])
        server = WebServer(app, listening, ConnectionLimits())
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            environment = os.environ | {"PAGEWITNESS_WEB_PORT": port}
            arguments = [sys.executable, *json.loads(command)[1:]]
            done = subprocess.run(arguments, env=environment, timeout=60, capture_output=True, check=False)
        finally:
            server.stop()
            thread.join()
    assert done.returncode == (0 if status == 200 else 1), done.stderr


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


def test_links_in_messages_lead_to_the_published_port_unless_another_address_is_set(compose, image):
    settings = from_env(ours(service_environment(compose, image)) | {"PAGEWITNESS_DATABASE_URL_FILE": ""})
    (port,) = compose["services"]["pagewitness"]["ports"]
    assert settings.base_url == "http://" + port.rsplit(":", 1)[0]
    assert settings.replay_origin is None


def env_example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    assert all(separator for _, separator, _ in pairs)
    return {name: value for name, _, value in pairs}


def test_env_example_lists_what_compose_takes_from_env_with_the_same_defaults(compose):
    text = (ROOT / "docker-compose.yml").read_text()
    environment = [str(value) for value in compose["services"]["pagewitness"]["environment"].values()]
    substituted = {match[1]: match[2] for value in environment for match in SUBSTITUTED.finditer(value)}
    assert env_example() == substituted
    assert len(re.findall(r"\$\{", text.replace("${PAGEWITNESS_CONTACT} come", ""))) == len(substituted)


def test_env_example_can_be_used_unchanged(compose, image):
    settings = from_env(
        ours(service_environment(compose, image)) | env_example() | {"PAGEWITNESS_DATABASE_URL_FILE": ""}
    )
    assert settings.contact == ""


def test_env_is_not_put_under_version_control_or_into_the_image():
    assert "/.env" in (ROOT / ".gitignore").read_text().splitlines()
    assert "!.env" not in (ROOT / ".dockerignore").read_text().splitlines()


def test_every_container_has_limits_of_memory_and_log_files(compose):
    for name, service in compose["services"].items():
        assert re.fullmatch(r"\d+[mg]", service["mem_limit"]), name
        assert service["logging"]["driver"] == "json-file", name
        assert set(service["logging"]["options"]) == {"max-size", "max-file"}, name
        assert all(isinstance(value, str) for value in service["logging"]["options"].values()), name


def test_the_service_may_end_in_its_own_time(compose, image):
    settings = from_env(ours(image_environment(image)))
    assert (
        int(compose["services"]["pagewitness"]["stop_grace_period"].removesuffix("s")) >= settings.shutdown_seconds + 10
    )


def test_the_documented_secrets_can_be_read_by_the_image_s_user_and_fit_together(compose, image, tmp_path):
    created = re.search(r"^```sh\n(mkdir.*?)^docker compose", HOW_TO.read_text(), re.DOTALL | re.MULTILINE)
    assert created is not None
    (tmp_path / ".env.example").write_text((ROOT / ".env.example").read_text())
    script = "umask 077\nset -e\n" + created[1].replace("python3", shlex.quote(sys.executable))
    subprocess.run(["sh", "-c", script], cwd=tmp_path, check=True, timeout=60)
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    for secret in compose["secrets"].values():
        assert stat.S_IMODE((tmp_path / secret["file"]).stat().st_mode) & 0o444 == 0o444, (
            "readable by the container's user"
        )
    settings = from_env({"PAGEWITNESS_DATABASE_URL_FILE": str(tmp_path / compose["secrets"]["database_url"]["file"])})
    password = (tmp_path / compose["secrets"]["postgres_password"]["file"]).read_text()
    assert len(password) >= 24
    assert settings.database_url == f"postgresql://pagewitness:{password}@postgres/pagewitness"


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
