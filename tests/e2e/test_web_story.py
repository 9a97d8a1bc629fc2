"""The web application in Chromium, on the data of the demo: what a user does from the first login on, and whether each screen is accessible (axe-core, WCAG 2.2 AA)."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.patience import PATIENCE_SECONDS

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PASSWORD = "correct horse battery staple"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


class Demo(NamedTuple):
    """The running demo.

    Attributes:
        url: Of its web application, with a slash at the end.
        link: The one-time link for the first administrator.
    """

    url: str
    link: str


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "pagewitness.demo", "--db", f"sqlite:///{folder / 'demo.db'}"]
    environ = {"PATH": "/usr/bin:/bin", "PAGEWITNESS_WEB_PORT": "0"}
    with (folder / "stderr").open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environ)
    try:
        shown = ""
        for line in process.stdout:
            shown += line
            if "/welcome/" in line:
                break
        link = re.search(r"http://\S+/welcome/\S+", shown)
        assert link, shown
        yield Demo(link[0].partition("welcome/")[0], link[0])
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def admin(demo: Demo, browser: Browser) -> Iterator[Page]:
    """A page of an administrator who is logged in."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(demo.link)
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Add administrator").click()
    expect(page.get_by_role("link", name="Ada")).to_be_visible()
    yield page
    page.context.close()


def screens_of(page: Page, demo: Demo) -> dict[str, str]:
    """Addresses of all screens that the head of the page leads to, and of one page, change, comparison and fact each."""
    page.goto(demo.url)
    found = {link.inner_text(): link.get_attribute("href") for link in page.locator("header nav a").all()}
    page.goto(demo.url + "changes")
    compared = page.locator('a[href^="/compare"]').first.get_attribute("href")
    changed = page.locator('a[href^="/change?"]').first.get_attribute("href")
    page.goto(demo.url + "alerts")
    alert = page.locator('a[href^="/alert?"]').first.get_attribute("href")
    page.goto(demo.url + "facts")
    fact = page.locator('main a[href^="/fact?"]').first.get_attribute("href")
    listed = page.goto(demo.url) and page.locator('a[href^="/history"]').first.get_attribute("href")
    return {
        **found,
        "change": changed,
        "alert": alert,
        "comparison": compared,
        "side by side": f"{compared}&view=side",
        "fact": fact,
        "history": listed,
        "page": listed.replace("/history", "/page"),
        "edit": listed.replace("/history", "/page/edit"),
        "search": "/search?q=members",
        "audit": "/audit",
        "not found": "/nothing-here",
    }


def test_the_screens_are_accessible_in_light_and_dark_and_on_a_phone(admin: Page, demo: Demo):
    axe, wrong = Axe(), []
    screens = screens_of(admin, demo)
    assert {"Home", "Changes", "Facts", "Search", "Alerts", "Users", "Ada"} <= set(screens)
    for scheme, size in (("light", "desktop"), ("dark", "desktop"), ("light", "phone")):
        admin.emulate_media(color_scheme=scheme)
        width, height = SIZES[size]
        admin.set_viewport_size({"width": width, "height": height})
        for name, path in screens.items():
            admin.goto(demo.url.rstrip("/") + path)
            where = f"{name} ({path}), {scheme}, {size}"
            found = axe.run(admin, options={"runOnly": {"type": "tag", "values": RULES}})
            for violation in found.response["violations"]:
                nodes = "; ".join(node["html"][:200] for node in violation["nodes"][:3])
                wrong.append(f"{where}: {violation['id']}: {violation['help']}: {nodes}")
            sideways = admin.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if sideways > 0:
                wrong.append(f"{where}: scrolls sideways by {sideways} px")
    assert not wrong, "\n".join(dict.fromkeys(wrong))


def test_an_editor_finds_a_sentence_and_the_change_in_which_it_disappeared(admin: Page, demo: Demo):
    admin.emulate_media(color_scheme="light")
    admin.set_viewport_size({"width": 1280, "height": 900})
    admin.goto(demo.url)
    admin.get_by_role("searchbox").first.fill("members")
    admin.keyboard.press("Enter")
    expect(admin).to_have_url(re.compile(r"/search\?q=members"))
    expect(admin.locator("mark").first).to_be_visible()


def test_a_viewer_reads_and_is_refused_what_only_others_may(admin: Page, demo: Demo, browser: Browser):
    admin.goto(demo.url + "users")
    admin.get_by_label("Name").fill("Vic")
    admin.get_by_label("Role", exact=True).select_option("viewer")
    admin.get_by_role("button", name="Add user").click()
    link = admin.locator("code.secret").inner_text()
    context = browser.new_context()
    viewer = context.new_page()
    viewer.goto(link)
    viewer.get_by_label("Password", exact=False).first.fill(PASSWORD)
    viewer.get_by_label("The same password again").fill(PASSWORD)
    viewer.get_by_role("button", name="Set password").click()
    expect(viewer.get_by_role("link", name="Vic")).to_be_visible()
    expect(viewer.get_by_role("link", name="Users")).to_have_count(0)
    viewer.goto(demo.url + "users")
    expect(viewer.get_by_role("heading", name="Not allowed")).to_be_visible()
    viewer.goto(demo.url + "account")
    viewer.get_by_role("button", name="Log out").click()
    expect(viewer).to_have_url(re.compile("/login$"))
    context.close()


def test_an_editor_acknowledges_a_change_and_comments_on_it(admin: Page, demo: Demo):
    admin.goto(demo.url + screens_of(admin, demo)["change"].lstrip("/"))
    admin.get_by_role("button", name=re.compile("^Acknowledge")).click()
    expect(admin.locator("main")).to_contain_text("Ada")
    admin.get_by_role("textbox", name=re.compile("omment")).fill("Confirmed by <b>telephone</b>")
    admin.get_by_role("button", name=re.compile("omment")).click()
    expect(admin.locator("main")).to_contain_text("Confirmed by <b>telephone</b>")
    admin.goto(demo.url + "audit")
    expect(admin.locator("main")).to_contain_text("Ada")


def test_everything_on_a_screen_is_reached_by_the_keyboard(admin: Page, demo: Demo):
    admin.goto(demo.url + "changes")
    reached = []
    for _ in range(12):
        admin.keyboard.press("Tab")
        reached.append(admin.evaluate("document.activeElement.textContent.trim() || document.activeElement.name"))
        outline = admin.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", reached[-1]
    assert {"Home", "Changes", "Facts", "Search", "q", "Ada"} <= set(reached)


def save_screens(admin: Page, demo: Demo, folder: Path) -> None:
    """Save a picture of each screen, in light and dark, on a desktop and a phone."""
    for scheme in ("light", "dark"):
        admin.emulate_media(color_scheme=scheme)
        for size, (width, height) in SIZES.items():
            admin.set_viewport_size({"width": width, "height": height})
            for name, path in screens_of(admin, demo).items():
                admin.goto(demo.url.rstrip("/") + path)
                admin.screenshot(path=folder / f"{name.replace(' ', '-').lower()}-{size}-{scheme}.png", full_page=True)
