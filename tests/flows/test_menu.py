"""`choose: ask`: a numbered menu behind the password, of what the user has and the NAS can show (D6, D7, S173 to S175)."""

from __future__ import annotations

import asyncio

import pytest

from config import reading
from radiusd.handlers.menu import ANSWERS
from radiusd.process.kinds import kinds
from tests.flows.mailing import APPROVED, BY_SMS, MAILED, Mailing, mailing, state_of, yaml
from tests.flows.test_nodes import nodes
from tests.servers.postgres import postgres_server
from tests.servers.proxy import radclient
from tests.servers.running import until

__all__ = ["postgres_server"]

ANN = {
    "email": "ann@example.com", "phone": "+905554443322", "sponsor_email": "boss@example.com",
    "framed_ip_address": "10.1.2.3",
}  # fmt: skip
TITLED = ", title: {en: Code by mail, tr: Kurumsal İleti}"
PLAIN = "  plain: {method: password, directories: [local]}\n"
TWO = MAILED % TITLED + BY_SMS % ""
FOUR = TWO + APPROVED % "" + PLAIN
MENU = "How do you want to sign in? 1: Code by mail, 2: by-sms. Type a number, or press Enter for the first."
FIRST, SECOND, FOURTH = "Code sent to a***n@example.com", "Code sent to +90********22", "plain"


def asking(profiles, **of):
    return yaml(profiles, **of).replace("applications: {vpn: {", "applications: {vpn: {choose: ask, ").replace(
        "vpn: {profiles", "vpn: {choose: ask, profiles"
    )  # fmt: skip


async def reload(radiusd: Mailing, text: str) -> None:
    path = radiusd.radiusd.folder / "radius.yaml"
    path.write_text(text)
    await radiusd.server.reload(reading.read(path, kinds(), demo=True))


@pytest.mark.row("S149", "S173", "S174", "S175", "S178")
async def test_chosen_by_number(tmp_path):
    async with mailing(tmp_path, asking(TWO)) as radiusd:
        await radiusd.user("ann", **ANN)
        menu = await radiusd.asks()
        assert (menu.code, menu["Reply-Message"], menu["Prompt"]) == ("Access-Challenge", MENU, "Echo")
        assert radiusd.sent == []  # nothing is sent before one is chosen
        challenge = await radiusd.answers(menu, "2")
        assert challenge["Reply-Message"].startswith(SECOND)
        assert challenge["Prompt"] == "No-Echo"
        accept = await radiusd.answers(challenge, radiusd.code())
        assert (accept.code, accept["Framed-IP-Address"]) == ("Access-Accept", "10.1.2.3")
        assert await radiusd.story() == ["begin: challenge", "answer: challenge", "answer: accept"]
        rows = await radiusd.audit()
        assert [row.profile for row in rows] == ["", "by-sms", "by-sms"]
        assert "open to the user: mailed, by-sms" in rows[0].detail
        assert "by-sms: chosen" in rows[-1].detail


@pytest.mark.parametrize(
    ("typed", "asks"),
    [
        ("1", FIRST), ("", FIRST), (" 1. ", FIRST), ("code  BY mail", FIRST), ("mailed", FIRST),
        ("2", SECOND), ("by-SMS", SECOND), ("\N{FULLWIDTH DIGIT TWO}", SECOND), ("2)", SECOND), (" 2\0", SECOND),
    ],
)  # fmt: skip
async def test_what_may_be_typed(tmp_path, typed, asks):
    async with mailing(tmp_path, asking(TWO)) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.answers(await radiusd.asks(), typed)
        assert challenge["Reply-Message"].startswith(asks)


async def test_turkish_users_choose_in_turkish(tmp_path):
    async with mailing(tmp_path, asking(TWO)) as radiusd:
        await radiusd.user("ann", **ANN, language="tr")
        menu = await radiusd.asks()
        assert menu["Reply-Message"] == (
            "Nasıl oturum açmak istersiniz? 1: Kurumsal İleti, 2: by-sms. Numarasını yazın; ilki için Enter'a basmanız yeterli."
        )
        wrong = await radiusd.answers(menu, "sms")
        assert wrong["Reply-Message"].startswith("Böyle bir seçenek yok. Nasıl oturum")
        assert (await radiusd.answers(wrong, "kurumsal İLETİ"))["Reply-Message"].startswith("Kod gönderildi")


async def test_a_wrong_choice_is_no_failure_and_has_a_limit(tmp_path):
    more = "blocking: {failed_attempts: {password: 1, code: 1}}\n"
    async with mailing(tmp_path, asking(TWO, more=more)) as radiusd:
        await radiusd.user("ann", **ANN)
        menu = await radiusd.asks()
        for _ in range(ANSWERS - 1):
            menu = await radiusd.answers(menu, "3")
            assert menu["Reply-Message"] == f"That is none of the choices. {MENU}"
        told = await radiusd.answers(menu, "0")
        assert told.code == "Access-Reject"
        assert told["Reply-Message"].startswith("None of the choices was typed. Sign in again. Ref ")
        assert (await radiusd.answers(menu, "1")).code == "Access-Reject"  # the login has ended
        menu = await radiusd.asks()  # nobody is blocked by it
        assert (await radiusd.answers(menu, "1"))["Reply-Message"].startswith(FIRST)


async def test_nothing_is_told_before_the_password_is_right(tmp_path):
    async with mailing(tmp_path, asking(TWO)) as radiusd:
        await radiusd.user("ann", **ANN)
        wrong, nobody = await radiusd.asks(password="rose"), await radiusd.asks("nobody")
        assert (wrong.code, nobody.code) == ("Access-Reject", "Access-Reject")
        assert wrong["Reply-Message"][:-8] == nobody["Reply-Message"][:-8] == "Access denied. Ref "


async def test_one_candidate_is_no_menu(tmp_path):
    """S173: what the user has no address or number for is not offered."""
    async with mailing(tmp_path, asking(TWO)) as radiusd:
        await radiusd.user("ann", email="ann@example.com")
        assert (await radiusd.asks())["Reply-Message"].startswith(FIRST)


async def test_whom_a_required_rule_means_has_no_menu(tmp_path):
    rules = (
        "policies:\n"
        "  - {profile: by-sms, directory: local, attribute: group_name, values: [staff], required: true}\n"
        "  - {profile: by-sms, directory: local, attribute: group_name, values: ['*']}\n"
    )
    async with mailing(tmp_path, asking(TWO, more=rules)) as radiusd:
        await radiusd.user("ann", **ANN, groups=("staff",))
        await radiusd.user("bob", **{**ANN, "framed_ip_address": None}, groups=("guests",))
        await radiusd.user("eve", **{**ANN, "framed_ip_address": None})
        assert (await radiusd.asks())["Reply-Message"].startswith(SECOND)
        assert (await radiusd.asks("bob"))["Reply-Message"] == MENU
        assert (await radiusd.asks("eve"))["Reply-Message"].startswith(FIRST)


@pytest.mark.parametrize(
    ("client", "asks"),
    [
        ("challenge: 1", FIRST),  # the menu would be the only one
        ("challenge: 2", MENU),
        ("challenge: 3", MENU),
    ],
)
async def test_what_the_nas_can_show(tmp_path, client, asks):
    async with mailing(tmp_path, asking(TWO, client=client)) as radiusd:
        await radiusd.user("ann", **ANN)
        asked = await radiusd.asks()
        assert asked["Reply-Message"].startswith(asks)
        if asks is MENU:
            asked = await radiusd.answers(asked, "1")
        assert (await radiusd.answers(asked, radiusd.code())).code == "Access-Accept"


async def test_what_needs_a_further_challenge_is_left_out(tmp_path):
    async with mailing(tmp_path, asking(FOUR, client="challenge: 1")) as radiusd:
        await radiusd.user("ann", **ANN)
        menu = await radiusd.asks()
        assert "? 1: approved, 2: plain. " in menu["Reply-Message"]
        assert (await radiusd.answers(menu, "plain")).code == "Access-Accept"


async def test_a_wrong_choice_where_the_nas_can_not_show_it_again(tmp_path):
    async with mailing(tmp_path, asking(TWO, client="challenge: 2")) as radiusd:
        await radiusd.user("ann", **ANN)
        told = await radiusd.answers(await radiusd.asks(), "7")
        assert (told.code, told["Reply-Message"][:31]) == ("Access-Reject", "None of the choices was typed. ")


async def test_where_no_challenge_is_shown_the_first_is_taken(tmp_path):
    async with mailing(tmp_path, asking(TWO, client="challenge: false")) as radiusd:
        await radiusd.user("ann", **ANN)
        told = await radiusd.asks()
        assert told.code == "Access-Reject"
        assert told["Reply-Message"].startswith(f"{FIRST}. Sign in again with the code behind your password.")
        assert (await radiusd.asks(password=f"tulip{radiusd.code()}")).code == "Access-Accept"


async def test_where_no_challenge_is_shown_the_first_that_can_be_is_taken(tmp_path):
    profiles = MAILED % ", placement: challenge" + BY_SMS % ""
    async with mailing(tmp_path, asking(profiles, client="challenge: false")) as radiusd:
        await radiusd.user("ann", **ANN)
        assert (await radiusd.asks())["Reply-Message"].startswith(SECOND)


async def test_the_password_alone_may_be_chosen(tmp_path):
    async with mailing(tmp_path, asking(FOUR)) as radiusd:
        await radiusd.user("ann", **ANN)
        for _ in range(2):  # the second time the password is remembered, and the menu comes all the same
            menu = await radiusd.asks()
            assert "3: approved, 4: plain" in menu["Reply-Message"]
            accept = await radiusd.answers(menu, "4")
            assert (accept.code, accept["Framed-IP-Address"]) == ("Access-Accept", "10.1.2.3")
        assert (await radiusd.last()).profile == "plain"


@pytest.mark.parametrize(("approve", "code"), [(True, "Access-Accept"), (False, "Access-Reject")])
async def test_an_approval_may_be_chosen(tmp_path, approve, code):
    """The request that brought the choice is held until somebody decides."""
    async with mailing(tmp_path, asking(FOUR)) as radiusd:
        await radiusd.user("ann", **ANN)
        held = asyncio.create_task(radiusd.answers(await radiusd.asks(), "approved", timeout=15.0))
        await radiusd.decides(await radiusd.token(), approve=approve)
        assert (await held).code == code
        assert [row.profile for row in await radiusd.audit()][1:] == ["approved"] * 3


async def test_an_approval_that_comes_late_counts_for_who_chooses_it_again(tmp_path):
    """D2: and another way may be chosen meanwhile."""
    async with mailing(tmp_path, asking(FOUR, client="hold: 3s, challenge: 9")) as radiusd:
        await radiusd.user("ann", **ANN)
        still = await radiusd.answers(await radiusd.asks(), "approved", timeout=6.0)
        assert still["Reply-Message"].endswith("Press Enter to check again.")
        await radiusd.decides(await radiusd.token(), approve=True)
        other = await radiusd.answers(await radiusd.asks(), "mailed")
        assert other["Reply-Message"].startswith(FIRST)
        assert (await radiusd.answers(await radiusd.asks(), "approved")).code == "Access-Accept"


async def test_who_only_informs_the_manager_may_choose_it(tmp_path):
    """It is no factor: the choice lets in, and the message follows."""
    informed = (
        "  informed: {method: approved_otp, type: manager_information, directories: [local], mail_servers: [out]}\n"
    )
    async with mailing(tmp_path, asking(MAILED % "" + informed)) as radiusd:
        await radiusd.user("ann", **ANN)
        assert (await radiusd.answers(await radiusd.asks(), "2")).code == "Access-Accept"
        await until(lambda: [each.recipient for each in radiusd.sent] == ["boss@example.com"])
        assert (await radiusd.last()).profile == "informed"


@pytest.mark.parametrize("approval_is", ["first", "last"])
async def test_each_factor_of_what_was_chosen_is_asked_for(tmp_path, approval_is):
    """D18: a code, and then an approval; whatever the menu's order is."""
    strict = APPROVED % ", methods: [password, by-sms]"
    profiles = strict + TWO if approval_is == "first" else TWO + strict
    async with mailing(tmp_path, asking(profiles)) as radiusd:
        await radiusd.user("ann", **ANN)
        code = await radiusd.answers(await radiusd.asks(), "approved")
        assert code["Reply-Message"].startswith(SECOND)
        held = asyncio.create_task(radiusd.answers(code, radiusd.code(), timeout=15.0))
        await radiusd.decides(await radiusd.token(-1, 2), approve=True)
        assert (await held).code == "Access-Accept"


async def test_a_fresh_request_joins_the_menu(tmp_path):
    """D3: either State is good, and both are one login."""
    async with mailing(tmp_path, asking(TWO)) as radiusd:
        await radiusd.user("ann", **ANN)
        first, second = await radiusd.asks(), await radiusd.asks()
        assert state_of(first) != state_of(second)
        assert second["Reply-Message"] == MENU
        challenge = await radiusd.answers(first, "1")
        assert (await radiusd.answers(second, "2")).code == "Access-Reject"  # it was used
        assert (await radiusd.answers(challenge, radiusd.code())).code == "Access-Accept"
        assert len(await radiusd.logins()) == 1


async def test_who_begins_anew_has_all_challenges_of_the_nas_again(tmp_path):
    """They are counted for each of its conversations: a request without a State is another one, though it joins."""
    async with mailing(tmp_path, asking(TWO, client="challenge: 2")) as radiusd:
        await radiusd.user("ann", **ANN)
        await radiusd.asks()
        menu = await radiusd.asks()
        assert menu["Reply-Message"] == MENU
        challenge = await radiusd.answers(menu, "1")
        assert (await radiusd.answers(challenge, radiusd.code())).code == "Access-Accept"


async def test_who_chooses_the_same_again_gets_no_second_message(tmp_path):
    async with mailing(tmp_path, asking(TWO)) as radiusd:
        await radiusd.user("ann", **ANN)
        await radiusd.answers(await radiusd.asks(), "1")
        again = await radiusd.answers(await radiusd.asks(), "1")
        assert again["Reply-Message"].startswith(FIRST)
        assert len(radiusd.sent) == 1
        assert (await radiusd.answers(again, radiusd.code())).code == "Access-Accept"


async def test_a_restart_between_the_menu_and_its_answer(tmp_path):
    async with mailing(tmp_path, asking(TWO)) as radiusd:
        await radiusd.user("ann", **ANN)
        menu = await radiusd.asks()
    async with mailing(tmp_path, asking(TWO)) as radiusd:
        challenge = await radiusd.answers(menu, "2")
        assert challenge["Reply-Message"].startswith(SECOND)
        code = radiusd.code()
    async with mailing(tmp_path, asking(TWO)) as radiusd:
        accept = await radiusd.answers(challenge, code)
        assert accept.code == "Access-Accept"
        assert (await radiusd.answers(challenge, code)).code == "Access-Reject"


async def test_a_number_means_what_was_shown_whatever_a_reload_put_there(tmp_path):
    async with mailing(tmp_path, asking(TWO)) as radiusd:
        await radiusd.user("ann", **ANN)
        menu = await radiusd.asks()
        await reload(radiusd, asking(BY_SMS % "" + PLAIN + MAILED % ""))
        assert (await radiusd.answers(menu, "2"))["Reply-Message"].startswith(SECOND)


@pytest.mark.parametrize("when", ["before the choice", "after it"])
async def test_what_is_not_open_any_more_lets_nobody_in(tmp_path, when):
    async with mailing(tmp_path, asking(TWO)) as radiusd:
        await radiusd.user("ann", **ANN)
        asked = await radiusd.asks()
        typed = "2"
        if when == "after it":
            asked = await radiusd.answers(asked, "2")
            typed = radiusd.code()
        await reload(radiusd, asking(MAILED % "" + PLAIN))
        assert (await radiusd.answers(asked, typed)).code == "Access-Reject"
        assert "any more" in (await radiusd.last()).reason or "another way" in (await radiusd.last()).reason


async def test_where_nothing_is_asked_any_more_what_was_not_first_is_over(tmp_path):
    async with mailing(tmp_path, asking(TWO)) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.answers(await radiusd.asks(), "2")
        await reload(radiusd, yaml(TWO))
        assert (await radiusd.answers(challenge, radiusd.code())).code == "Access-Reject"


async def test_begun_at_one_node_chosen_at_the_other_ended_at_the_first(tmp_path, postgres_server):
    async with nodes(tmp_path, postgres_server, asking(TWO)) as (a, b):
        await a.user("ann", **ANN)
        menu = await a.asks()
        challenge = await b.answers(menu, "2")
        assert challenge["Reply-Message"].startswith(SECOND)
        accept = await a.answers(challenge, b.code())
        assert (accept.code, (await a.last()).profile) == ("Access-Accept", "by-sms")


async def test_chosen_at_both_nodes_at_the_same_moment(tmp_path, postgres_server):
    """One of them is first: one message, one Accept."""
    async with nodes(tmp_path, postgres_server, asking(TWO)) as (a, b):
        await a.user("ann", **ANN)
        menu = await a.asks()
        replies = await asyncio.gather(a.answers(menu, "1"), b.answers(menu, "2"))
        assert sorted(reply.code for reply in replies) == ["Access-Challenge", "Access-Reject"]
        [challenge] = [reply for reply in replies if reply.code == "Access-Challenge"]
        await until(lambda: len(a.sent) + len(b.sent) == 1)
        [code] = [node.code() for node in (a, b) if node.sent]
        assert (await b.answers(challenge, code)).code == "Access-Accept"


@pytest.mark.parametrize(("chosen", "asks"), [("mailed", [FIRST]), ("plain", [])])
async def test_a_password_that_must_be_changed_is_changed_after_what_was_chosen(tmp_path, chosen, asks):
    """Two verdicts add to one login: what the profile asks for comes first, and nothing of it is left out."""
    async with mailing(tmp_path, asking(FOUR)) as radiusd:
        await radiusd.user("ann", **ANN, must_change_password=True)
        asked = await radiusd.answers(await radiusd.asks(), chosen)
        for prompt in asks:
            assert asked["Reply-Message"].startswith(prompt)
            asked = await radiusd.answers(asked, radiusd.code())
        assert asked["Reply-Message"] == "Your password must be changed. New password:"
        again = await radiusd.answers(asked, "gravel-otter-71")
        assert (await radiusd.answers(again, "gravel-otter-71")).code == "Access-Accept"
        assert (await radiusd.last()).profile == chosen
        assert (await radiusd.asks()).code == "Access-Reject"
        assert "1: Code by mail" in (await radiusd.asks(password="gravel-otter-71"))["Reply-Message"]


@pytest.mark.parametrize("chosen", ["2", "by-sms"])
async def test_on_the_wire_with_radclient(tmp_path, chosen):
    async with mailing(tmp_path, asking(TWO)) as radiusd:
        await radiusd.user("ann", **ANN)
        secret, port = "correct horse battery", radiusd.radiusd.port
        ann = {"User_Name": "ann", "Calling_Station_Id": "pc"}
        menu = await radclient(port, secret, {**ann, "User_Password": "tulip"})
        assert (menu.code, menu["Reply-Message"], menu["Prompt"]) == ("Access-Challenge", MENU, "Echo")
        code = await radclient(port, secret, {**ann, "User_Password": chosen, "State": menu["State"]})
        assert (code.code, code["Prompt"]) == ("Access-Challenge", "No-Echo")
        assert code["Reply-Message"].startswith(SECOND)
        accept = await radclient(port, secret, {**ann, "User_Password": radiusd.code(), "State": code["State"]})
        assert (accept.code, accept["Framed-IP-Address"]) == ("Access-Accept", "10.1.2.3")
        used = await radclient(port, secret, {**ann, "User_Password": radiusd.code(), "State": code["State"]})
        assert used.code == "Access-Reject"


UNPROVED = APPROVED % ", methods: []"


async def test_who_has_a_way_without_a_password_first_gets_that_and_no_menu(tmp_path):
    """D4, D19: a name alone tells nobody which ways its user has."""
    async with mailing(tmp_path, asking(UNPROVED + TWO)) as radiusd:
        await radiusd.user("ann", **ANN)
        held = asyncio.create_task(radiusd.asks(password="whatever", timeout=15.0))
        await radiusd.decides(await radiusd.token(), approve=True)
        assert (await held).code == "Access-Accept"
        assert {row.profile for row in await radiusd.audit()} == {"approved"}


async def test_behind_a_password_a_way_without_one_comes_on_top(tmp_path):
    async with mailing(tmp_path, asking(TWO + UNPROVED)) as radiusd:
        await radiusd.user("ann", **ANN)
        assert (await radiusd.asks(password="whatever")).code == "Access-Reject"
        held = asyncio.create_task(radiusd.answers(await radiusd.asks(), "approved", timeout=15.0))
        await radiusd.decides(await radiusd.token(), approve=True)
        assert (await held).code == "Access-Accept"
        detail = (await radiusd.last()).detail
        assert "password right" in detail
        assert "approved by boss@example.com" in detail


async def test_a_code_behind_the_password_is_no_choice(tmp_path):
    """`placement: appended` is typed before any menu: it is left out, and with one way left there is none."""
    appended = BY_SMS % ", placement: appended"
    async with mailing(tmp_path, asking(MAILED % "" + appended + PLAIN)) as radiusd:
        await radiusd.user("ann", **ANN)
        assert "? 1: mailed, 2: plain. " in (await radiusd.asks())["Reply-Message"]
    async with mailing(tmp_path, asking(appended + MAILED % "")) as radiusd:
        told = await radiusd.asks(station="other")
        assert told["Reply-Message"].startswith(f"{SECOND}. Sign in again with the code behind your password.")
        assert (await radiusd.asks(password=f"tulip{radiusd.code()}", station="other")).code == "Access-Accept"
