"""An authenticator app is set up behind the link of an invitation, by whom it is for: in Chromium, with a camera."""

from __future__ import annotations

import json

import httpx
import pytest

from radiusd.rules import otpauth
from store import audit, authenticators
from tests.pages.test_in_chromium import opened
from tests.pages.test_invitation import chromium, looked, pressed
from tests.servers.authenticator_apps import oathtool, run

__all__ = ["chromium", "opened"]

APP = "authenticator"


@pytest.fixture(autouse=True)
def fresh(served):
    """Ann has no app, and the clock stands where it stood."""
    before = served.now
    served._run(served.store.write(lambda c: authenticators.remove_all_of(c, "local", [served.ann.id])))
    yield
    served.now = before


def rows(served):
    return served._run(served.store.read(authenticators.everybodys))


def posted(served, token, **form):
    return httpx.post(f"{served.url}/e/{token}", data=form, follow_redirects=True).text


def address_of(page, folder):
    """What a phone reads off the screen."""
    picture = folder / "screen.png"
    page.locator(".picture").screenshot(path=picture)
    return run("zbarimg", "-q", "--raw", "-Sbinary", str(picture)).rstrip("\n")


@pytest.mark.row("S230", "S232", "S234")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_from_the_link_to_recovery_codes(served, opened, tmp_path, scheme):
    page = opened(width=320, height=640, color_scheme=scheme)
    token = served.invited(kinds=APP)
    page.goto(f"{served.url}/e/{token}")
    looked(page, "Set up an authenticator app")
    assert rows(served) == []  # whoever only looks makes nothing
    pressed(page, page.get_by_role("button", name="Show the QR code"))
    looked(page, "Scan this with your app")
    address = address_of(page, tmp_path)
    read = otpauth.read(address)
    assert (read.issuer, read.account) == ("Şirket", "ann")
    assert page.locator(".fine bdi").inner_text().replace(" ", "") == read.parameters.secret
    shown = oathtool(address, served.now)
    page.get_by_label("Code").fill("000000" if shown != "000000" else "111111")
    pressed(page, page.get_by_role("button", name="Confirm"))
    assert page.locator(".alert").inner_text() == "That was not the code."
    assert [row.tries for row in rows(served)] == [1]
    page.get_by_label("Code").fill(shown)
    pressed(page, page.get_by_role("button", name="Confirm"))
    looked(page, "Keep these codes")
    codes = page.locator(".codes li").all_inner_texts()
    assert len(codes) == 4
    [one] = rows(served)
    assert (one.status, one.user_name, one.created_by) == ("verified", "ann", "invited by desk")
    pressed(page, page.get_by_role("button", name="I have written them down"))
    looked(page, "Added")
    assert codes[0] not in page.content()
    told = [row.reason for row in served._run(served.store.read(audit.find))]
    assert told[0].startswith(
        "authenticator app enrolled by the link that desk sent to a***n@example.com, from 127.0.0.1"
    )
    kept = json.dumps([row._asdict() for row in served._run(served.store.read(audit.find))])
    assert read.parameters.secret not in kept + repr(one)


@pytest.mark.row("S233")
def test_a_qr_code_that_is_too_old_is_made_anew(served):
    token = served.invited(kinds=APP)
    first = posted(served, token, do="again")
    served.now += 901
    assert "That QR code counts no more" in httpx.get(f"{served.url}/e/{token}").text
    second = posted(served, token, do="again")
    assert first.partition("<bdi>")[2][:39] != second.partition("<bdi>")[2][:39]
    assert len(rows(served)) == 1


def test_a_clock_that_is_off_is_told(served):
    token = served.invited(kinds=APP)
    page = posted(served, token, do="again")
    secret = page.partition("<bdi>")[2].partition("</bdi>")[0].replace(" ", "")
    address = f"otpauth://totp/ann?secret={secret}"
    assert "the code of another time" in posted(served, token, do="answer", typed=oathtool(address, served.now + 7200))
    [one] = rows(served)
    assert (one.tries, one.off) == (1, 240)


def test_as_many_as_somebody_may_have(served):
    for _ in range(5):
        token = served.invited(kinds=APP)
        page = posted(served, token, do="again")
        secret = page.partition("<bdi>")[2].partition("</bdi>")[0].replace(" ", "")
        posted(served, token, do="answer", typed=oathtool(f"otpauth://totp/ann?secret={secret}", served.now))
        posted(served, token, do="answer", typed="kept")
    token = served.invited(kinds=APP)
    assert "You have as many as you may have" in posted(served, token, do="again")
    assert [row.status for row in rows(served)] == ["verified"] * 5


def test_beside_other_kinds_it_is_a_choice(served):
    token = served.invited(kinds="mail authenticator", language="tr")
    assert "Kimlik doğrulama uygulaması" in httpx.get(f"{served.url}/e/{token}").text
    assert "QR kodunu göster" in posted(served, token, kind=APP)
    assert "Uygulamanızla okutun" in posted(served, token, do="again")


def test_who_never_says_that_the_codes_are_kept_has_enrolled_all_the_same(served):
    """It is told and in the audit at once; by the same link nothing else can be added, nor are the codes read much later."""
    token = served.invited(kinds="mail authenticator")
    posted(served, token, kind=APP)
    page = posted(served, token, do="again")
    secret = page.partition("<bdi>")[2].partition("</bdi>")[0].replace(" ", "")
    shown = oathtool(f"otpauth://totp/ann?secret={secret}", served.now)
    page = posted(served, token, do="answer", typed=shown)
    assert "Keep these codes" in page
    assert 'name="kind"' not in page
    assert [row.status for row in rows(served)] == ["verified"]
    told = [row.reason for row in served._run(served.store.read(audit.find))]
    assert told[0].startswith("authenticator app enrolled by the link that desk sent")
    for kind in ("", "mail"):
        assert "Keep these codes" in posted(served, token, kind=kind)
    served.now += 601
    assert httpx.get(f"{served.url}/e/{token}").status_code == 410
