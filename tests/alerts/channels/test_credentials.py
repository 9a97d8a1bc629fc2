from __future__ import annotations

import pytest

from alerts.channels.credentials import resolve
from alerts.errors import DeliveryError


def test_a_secret_may_stand_in_the_watchlist_in_the_environment_or_in_a_file(tmp_path):
    path = tmp_path / "password"
    path.write_text("from a file\n")
    assert resolve("pa:ss", {}) == "pa:ss"
    assert resolve("env:SMTP_PASSWORD", {"SMTP_PASSWORD": "from outside"}) == "from outside"
    assert resolve(f"file:{path}", {}) == "from a file"


@pytest.mark.parametrize("environ", [{}, {"SMTP_PASSWORD": ""}])
def test_a_variable_that_is_not_set_is_named_and_may_be_mended(environ):
    with pytest.raises(DeliveryError, match=r"SMTP_PASSWORD.*is not set") as caught:
        resolve("env:SMTP_PASSWORD", environ)
    assert not caught.value.permanent


@pytest.mark.parametrize(("content", "why"), [(None, "No such file"), (b"", "is empty"), (b"\xff", "no UTF-8")])
def test_a_file_that_gives_no_secret_is_named(tmp_path, content, why):
    path = tmp_path / "password"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DeliveryError, match=why) as caught:
        resolve(f"file:{path}", {})
    assert str(path) in str(caught.value)
