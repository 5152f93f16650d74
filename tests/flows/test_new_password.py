"""A password is changed at the gateway: once everything was proved, typed twice; all that the old one had opened ends."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from config.secret import Secret
from radiusd.administration import users as administered
from radiusd.administration.changes import Administrator
from radiusd.passwords import hashing
from radiusd.rules.texts import TEXTS
from store import users
from tests.flows.mailing import APPROVED, MAILED, Mailing, mailing, state_of, yaml
from tests.flows.test_nodes import nodes
from tests.servers.postgres import postgres_server
from tests.servers.running import until
from tests.servers.smtp import mail_server

__all__ = ["postgres_server"]

PASSWORD_ONLY = "  password-only: {method: password, directories: [local]}\n"
ANN = {"email": "ann@example.com", "sponsor_email": "boss@example.com"}
NEW = "gravel-otter-71"
FIRST = "Your password must be changed. New password:"
AGAIN = "The new password once more:"


async def due(radiusd: Mailing, **fields) -> None:
    """Ann, whose password must be changed."""
    await radiusd.user("ann", must_change_password=True, **(ANN | fields))


async def types(radiusd: Mailing, challenge, *answers: str, **of):
    """The last reply, once each of these was typed; all but the last are Challenges."""
    for answer in answers:
        assert challenge.code == "Access-Challenge", challenge["Reply-Message"]
        challenge = await radiusd.answers(challenge, answer, **of)
    return challenge


async def changes(radiusd: Mailing, challenge, new: str = NEW, **of):
    return await types(radiusd, challenge, new, new, **of)


def with_desk(text: str) -> str:
    """With another client, whose users wait for an approval."""
    client = 'clients:\n  desk: {address: 127.0.0.9, secret: "correct horse battery", application: desk, hold: 20s}\n'
    return text.replace("security:", "  desk: {profiles: [approved]}\nsecurity:").replace("clients:\n", client)


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.row("S207", "S216")
@pytest.mark.parametrize("typed", [NEW, "ğözlük şemsiye 9", "  blanks around  "])
async def test_typed_twice_it_is_the_password_from_then_on(tmp_path, typed):
    async with mailing(tmp_path, yaml(PASSWORD_ONLY)) as radiusd:
        await due(radiusd)
        challenge = await radiusd.asks()
        assert (challenge["Reply-Message"], challenge["Prompt"]) == (FIRST, "No-Echo")
        again = await radiusd.answers(challenge, typed)
        assert (again.code, again["Reply-Message"], again["Prompt"]) == ("Access-Challenge", AGAIN, "No-Echo")
        assert (await radiusd.answers(again, typed)).code == "Access-Accept"
        assert await radiusd.story() == ["begin: challenge", "answer: challenge", "answer: accept"]
        detail = (await radiusd.last()).detail
        assert "password right, but the password must be changed first" in detail
        assert "the password was changed; the user is told by mail" in detail
        assert (await radiusd.asks(password="tulip")).code == "Access-Reject"
        assert (await radiusd.asks(password=typed)).code == "Access-Accept"


async def test_the_user_is_told_at_the_address_on_record(tmp_path):
    async with mailing(tmp_path, yaml(PASSWORD_ONLY)) as radiusd:
        await due(radiusd, language="tr")
        challenge = await radiusd.asks(station="10.9.8.7")
        assert challenge["Reply-Message"] == "Parolanızı değiştirmeniz gerekiyor. Yeni parola:"
        await changes(radiusd, challenge, station="10.9.8.7")
        await until(lambda: radiusd.sent)
        mail = radiusd.sent[0]
        assert (mail.recipient, mail.subject) == ("ann@example.com", "Parolanız değiştirildi")
        assert "vpn uygulamasına 10.9.8.7 üzerinden oturum açarken" in mail.text
        assert NEW not in mail.text


async def test_it_comes_after_every_factor_of_the_profile(tmp_path):
    """Whoever has the old password and no code is never asked for a new one."""
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await due(radiusd)
        code = await radiusd.asks()
        assert code["Reply-Message"].startswith("Code sent to")
        wrong = await radiusd.answers(code, "000000" if radiusd.code() != "000000" else "000001")
        assert wrong["Reply-Message"].startswith("Wrong code")
        challenge = await radiusd.answers(wrong, radiusd.code())
        assert challenge["Reply-Message"] == FIRST
        assert (await changes(radiusd, challenge)).code == "Access-Accept"
        assert (await radiusd.asks(password=NEW)).code == "Access-Challenge"


async def test_what_is_not_taken_is_asked_for_again_and_the_fifth_time_ends_it(tmp_path):
    """Nothing of it is a wrong password: it counts nothing."""
    async with mailing(tmp_path, yaml(PASSWORD_ONLY)) as radiusd:
        await due(radiusd, first_name="Annabelle")
        asked = await radiusd.asks()
        refused = (
            (("short",), "It must have at least 8 characters. New password:"),
            (("password1",), "It is on lists of common passwords. New password:"),
            (("annabelle2026",), "It is made of your own name or address. New password:"),
            ((NEW, "gravel-otter-72"), "The two were not the same. New password:"),
        )
        for answers, said in refused:
            asked = await types(radiusd, asked, *answers)
            assert asked["Reply-Message"] == said
        ended = await types(radiusd, asked, "short")
        assert (ended.code, ended["Reply-Message"][:-13]) == ("Access-Reject", TEXTS["password_not_changed"]["en"])
        told = "the new password was not taken (1 of 5): It must have at least 8 characters."
        assert [row.reason for row in await radiusd.audit()][1] == told
        assert "failures counted" not in "".join(row.detail for row in await radiusd.audit())
        assert (await changes(radiusd, await radiusd.asks())).code == "Access-Accept"


async def test_the_old_one_is_no_new_one(tmp_path):
    text = yaml(PASSWORD_ONLY) + "security: {reject_delay: 0s, passwords: {min_length: 4, common: allow}}\n"
    text = text.replace("security: {reject_delay: 0s}\n", "", 1)
    async with mailing(tmp_path, text) as radiusd:
        await due(radiusd)
        said = await changes(radiusd, await radiusd.asks(), "tulip")
        assert said["Reply-Message"].startswith("The directory does not take this password. You have used it before.")
        assert (await changes(radiusd, said)).code == "Access-Accept"


@pytest.mark.parametrize(
    ("challenge", "code"), [("false", "Access-Reject"), ("1", "Access-Reject"), ("2", "Access-Accept")]
)
async def test_a_nas_that_can_not_ask_twice_is_told_where_to_change_it(tmp_path, challenge, code):
    async with mailing(tmp_path, yaml(PASSWORD_ONLY, client=f"hold: 20s, challenge: {challenge}")) as radiusd:
        await due(radiusd)
        reply = await radiusd.asks()
        if code == "Access-Accept":
            reply = await changes(radiusd, reply)
        else:
            assert reply["Reply-Message"].startswith(TEXTS["change_elsewhere"]["en"])
        assert reply.code == code


async def test_a_nas_that_has_no_challenge_left_after_a_slip_ends_it(tmp_path):
    async with mailing(tmp_path, yaml(PASSWORD_ONLY, client="hold: 20s, challenge: 3")) as radiusd:
        await due(radiusd)
        ended = await types(radiusd, await radiusd.asks(), NEW, "gravel-otter-72")
        assert (ended.code, ended["Reply-Message"][:-13]) == ("Access-Reject", TEXTS["password_not_changed"]["en"])


async def test_what_is_typed_is_in_no_row_and_no_line(tmp_path, capfd):
    """Neither the new password nor a digest that helps to guess it; the log is at its most talkative."""
    async with mailing(tmp_path, yaml(PASSWORD_ONLY, more="logging: {level: debug}\n")) as radiusd:
        await due(radiusd)
        again = await types(radiusd, await radiusd.asks(), NEW)
        await types(radiusd, again, "gravel-otter-72", "pebble-heron-33", "pebble-heron-33")
        await until(lambda: radiusd.sent)
    said = "".join(capfd.readouterr())
    octets = await asyncio.to_thread(everything_in, tmp_path)
    for typed in (NEW, "gravel-otter-72", "pebble-heron-33"):
        assert typed not in said
        assert typed.encode() not in octets


async def test_everything_that_the_old_password_had_opened_ends(tmp_path):
    """A code that is out elsewhere, and a request that is held for an approval: approved afterwards, it lets nobody in."""
    profiles = MAILED % "" + APPROVED % ""
    text = with_desk(yaml(profiles))
    async with mailing(tmp_path, text) as radiusd:
        await radiusd.user("ann", **ANN)
        code = await radiusd.asks(station="elsewhere")
        elsewhere = radiusd.code()
        held = asyncio.ensure_future(radiusd.asks(station="desk", source="127.0.0.9", timeout=30.0))
        token = await radiusd.token(count=2)
        await radiusd.change("ann", must_change_password=True)
        mine = await radiusd.asks(station="here")
        assert (
            await changes(radiusd, await radiusd.answers(mine, radiusd.code(), station="here"), station="here")
        ).code == "Access-Accept"
        assert (await radiusd.answers(code, elsewhere, station="elsewhere")).code == "Access-Reject"
        await radiusd.decides(token, approve=True)
        assert (await held).code == "Access-Reject"
        assert not [row for row in await radiusd.audit() if row.outcome == "accept" and row.station != "here"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_restart_between_the_two_questions(tmp_path, kind, request):
    more = ""
    if kind == "postgresql":
        more = f"database: {request.getfixturevalue('postgres_server').new_database()}\n"
    text = yaml(MAILED % "", more=more)
    async with mailing(tmp_path, text) as radiusd:
        await due(radiusd)
        code = await radiusd.asks()
        again = await types(radiusd, await radiusd.answers(code, radiusd.code()), NEW)
    async with mailing(tmp_path, text) as radiusd:
        assert (await radiusd.answers(again, NEW)).code == "Access-Accept"
        assert (await radiusd.answers(again, NEW)).code == "Access-Reject"
    async with mailing(tmp_path, text) as radiusd:
        assert (await radiusd.asks(password=NEW)).code == "Access-Challenge"


async def test_two_nodes_and_what_each_remembers(tmp_path, postgres_server):
    """Each question at the other node. What the second remembers of the old password is worth nothing afterwards."""
    async with nodes(tmp_path, postgres_server, yaml(PASSWORD_ONLY)) as (a, b):
        await a.user("ann", **ANN)
        await until(b.server.store.current)
        for node in (a, b):
            assert (await node.asks()).code == "Access-Accept"
        await a.change("ann", must_change_password=True)
        challenge = await a.asks()
        accept = await b.answers(await a.answers(await types(b, challenge), NEW), NEW)
        assert accept.code == "Access-Accept"
        for node in (a, b):
            assert (await node.asks(password=NEW)).code == "Access-Accept"
            assert (await node.asks()).code == "Access-Reject"


async def test_a_node_that_changed_it_and_died_before_it_said_so(tmp_path):
    """The NAS asks the next node the same: it is changed already, by this very answer."""
    async with mailing(tmp_path, yaml(PASSWORD_ONLY)) as radiusd:
        await due(radiusd)
        again = await types(radiusd, await radiusd.asks(), NEW)
        store = radiusd.server.store
        ann = await store.read(lambda connection: users.find(connection, "ann"))
        own = Secret(hashing.make(NEW))
        done = await store.write(
            lambda connection: users.change_own(connection, ann.unique_id, ann.password_hash, own, time.time())
        )
        assert done
        accept = await radiusd.answers(again, NEW)
        assert accept.code == "Access-Accept"
        assert "by an answer that came before" in (await radiusd.last()).detail


async def test_an_administrator_who_sets_one_meanwhile_is_not_overruled(tmp_path):
    async with mailing(tmp_path, yaml(PASSWORD_ONLY)) as radiusd:
        await due(radiusd)
        again = await types(radiusd, await radiusd.asks(), NEW)
        await radiusd.change("ann", password_hash=Secret(hashing.make("theirs-2026")))
        refused = await radiusd.answers(again, NEW)
        assert refused.code == "Access-Reject"
        assert (await radiusd.last()).reason == "the password was changed since it was proved"
        assert state_of(again)


async def test_one_that_an_administrator_sets_ends_the_same(tmp_path):
    """`radiusd user password`: the code that is out and the request that waits are worth nothing."""
    profiles = MAILED % "" + APPROVED % ""
    async with mailing(tmp_path, with_desk(yaml(profiles))) as radiusd:
        await radiusd.user("ann", **ANN)
        code = await radiusd.asks()
        held = asyncio.ensure_future(radiusd.asks(station="desk", source="127.0.0.9", timeout=30.0))
        await radiusd.token(count=2)
        by, secret = Administrator("root", "command line"), Secret(hashing.make(NEW))
        await radiusd.server.store.write(
            lambda connection: administered.set_password(connection, by, "local", "ann", secret, time.time())
        )
        assert (await held).code == "Access-Reject"
        assert (await radiusd.answers(code, radiusd.code(0))).code == "Access-Reject"


async def test_the_user_is_told_after_a_restart(tmp_path):
    """The mail server was down when the password was changed, and so was ours afterwards."""
    smtp = (
        "mail_servers: {out: {type: smtp, host: 127.0.0.1, port: %s, encryption: none, from_address: a@example.com}}\n"
    )
    text = yaml(PASSWORD_ONLY).replace("mail_servers: {out: {type: outbox}}\n", smtp)
    async with mail_server() as post:
        post.acts["message"] = "451 Try again later"
        async with mailing(tmp_path, text % post.port) as radiusd:
            await due(radiusd)
            assert (await changes(radiusd, await radiusd.asks())).code == "Access-Accept"
            await until(lambda: post.greeted)
    async with mail_server() as post, mailing(tmp_path, text % post.port):
        await until(lambda: post.mails)
        assert post.mails[0].recipients == ["ann@example.com"]
        assert post.mails[0].parsed["Subject"] == "Your password was changed"


async def test_an_approval_that_was_kept_for_the_next_try_ends(tmp_path):
    """D2: it was given after the NAS had given up, and before the password was changed."""
    late = APPROVED % ", late_approval: 10m"
    async with mailing(tmp_path, yaml(late, client="hold: 3s")) as radiusd:
        await radiusd.user("ann", **ANN)
        assert (await radiusd.asks(timeout=9.0)).code != "Access-Accept"  # nobody has decided yet
        await radiusd.decides(await radiusd.token(), approve=True)
        by, secret = Administrator("root", "command line"), Secret(hashing.make(NEW))
        await radiusd.server.store.write(
            lambda connection: administered.set_password(connection, by, "local", "ann", secret, time.time())
        )
        asked = asyncio.ensure_future(radiusd.asks(password=NEW, timeout=9.0))
        await radiusd.token(count=2)
        assert (await asked).code != "Access-Accept"
        assert "revoked by a changed password" in [row.reason for row in await radiusd.audit()]
