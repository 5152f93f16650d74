"""Who gets in, and who does not any more: what was proved counts by factor, under the rules and with the password in force.

Each of these let somebody in once, or kept somebody out, against D7, D18 and D21.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from config import reading
from radiusd.nas.asking import NasReply
from radiusd.process.kinds import kinds
from tests.flows.corp import CORP
from tests.flows.mailing import APPROVED, BY_SMS, MAILED, TOKEN, Mailing, mailing, state_of, yaml
from tests.servers.postgres import postgres_server
from tests.servers.running import hashed, running, until
from tests.servers.slapd import PPOLICY, slapd

__all__ = ["postgres_server"]

ANN = {
    "email": "ann@example.com", "phone": "+905554443322", "sponsor_email": "boss@example.com",
}  # fmt: skip
CHALLENGE, REJECT, ACCEPT = "Access-Challenge", "Access-Reject", "Access-Accept"
FACTORS = (
    "  mailed: {method: mail_otp, directories: [local], mail_servers: [out], prompt: 'mailed: {{ destination }}'}\n"
    "  by-sms: {method: sms_otp, directories: [local], sms_gateways: [sms], prompt: 'by-sms: {{ destination }}'}\n"
)


def approved_after(*methods: str, client: str = "hold: 20s", more: str = "") -> str:
    """An approval, once all of these were proved."""
    text = yaml(APPROVED % f", methods: [{', '.join(methods)}]" + FACTORS, client=client, more=more)
    return text.replace("profiles: [approved, mailed, by-sms]", "profiles: [approved]")


async def reload(radiusd: Mailing, text: str) -> None:
    """As `radiusd reload` does it."""
    path = radiusd.radiusd.folder / "radius.yaml"
    path.write_text(text)
    await radiusd.server.reload(reading.read(path, kinds(), demo=True))


async def approves_all(radiusd: Mailing, asked: asyncio.Task[NasReply], *others: Mailing) -> NasReply:
    """The answer, whoever must approve before: every link that was sent is."""
    decided = set()
    while not asked.done():
        for node in (radiusd, *others):
            tokens = [found[1] for found in map(TOKEN.search, (sent.text for sent in node.sent)) if found is not None]
            for token in tokens:
                if token not in decided:
                    decided.add(token)
                    await node.decides(token, approve=True)
        await asyncio.sleep(0.02)
    return await asked


@asynccontextmanager
async def nodes(folder, server, *texts):
    """A node for each of the files, on one PostgreSQL."""
    url = server.new_database()
    async with AsyncExitStack() as stack:
        found = []
        for number, text in enumerate(texts):
            (folder / str(number)).mkdir()
            entered = running(folder / str(number), f"{text}database: {url}\n", demo=True)
            found.append(Mailing(await stack.enter_async_context(entered)))
        yield found


# What was proved counts by factor, under the rules that are in force when it is judged (D18).


async def test_factors_in_another_order_while_a_code_is_out(tmp_path):
    """by-sms stood behind the factor that is out, and stands before it now: it is proved all the same."""
    async with mailing(tmp_path, approved_after("password", "mailed", "by-sms")) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks()
        assert "mailed" in challenge["Reply-Message"]
        code = radiusd.code()
        await reload(radiusd, approved_after("password", "by-sms", "mailed"))
        reply = await approves_all(radiusd, asyncio.create_task(radiusd.answers(challenge, code, timeout=10)))
        assert reply.code != ACCEPT
        assert not any(TOKEN.search(sent.text) for sent in radiusd.sent), "the approver is asked last"


async def test_a_further_factor_while_a_code_is_out(tmp_path):
    async with mailing(tmp_path, approved_after("password", "mailed")) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks()
        code = radiusd.code()
        await reload(radiusd, approved_after("password", "by-sms", "mailed"))
        reply = await approves_all(radiusd, asyncio.create_task(radiusd.answers(challenge, code, timeout=10)))
        assert reply.code != ACCEPT


async def test_factors_in_another_order_before_somebody_joins(tmp_path):
    """Whoever comes anew has proved the password alone: what the one before proved is not theirs (D3)."""
    async with mailing(tmp_path, approved_after("password", "mailed", "by-sms")) as radiusd:
        await radiusd.user("ann", **ANN)
        asks_sms = await radiusd.answers(await radiusd.asks(), radiusd.code())
        assert "by-sms" in asks_sms["Reply-Message"]
        await reload(radiusd, approved_after("password", "by-sms", "mailed"))
        joins = await radiusd.asks()
        assert "by-sms" in joins["Reply-Message"]
        reply = await approves_all(radiusd, asyncio.create_task(radiusd.answers(joins, radiusd.code(), timeout=10)))
        assert reply.code == CHALLENGE
        assert "mailed" in reply["Reply-Message"]


async def test_one_factor_fewer_while_a_code_is_out(tmp_path):
    """Its opposite: what is asked for no longer is not missed, whether the login goes on or begins anew."""
    async with mailing(tmp_path, approved_after("password", "mailed", "by-sms")) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks()
        code = radiusd.code()
        await reload(radiusd, approved_after("password", "mailed"))
        reply = await approves_all(radiusd, asyncio.create_task(radiusd.answers(challenge, code, timeout=10)))
        if reply.code != ACCEPT:
            challenge = await radiusd.asks()
            answered = asyncio.create_task(radiusd.answers(challenge, radiusd.code(), timeout=10))
            reply = await approves_all(radiusd, answered)
        assert reply.code == ACCEPT
        assert not any(sent.recipient == ANN["phone"] for sent in radiusd.sent)


async def test_a_further_factor_while_a_request_is_held(tmp_path):
    """The approval is none for the code that nobody typed."""
    async with mailing(tmp_path, approved_after("password", client="hold: 8s")) as radiusd:
        await radiusd.user("ann", **ANN)
        asked = asyncio.create_task(radiusd.asks(timeout=10))
        token = await radiusd.token()
        await reload(radiusd, approved_after("password", "mailed", client="hold: 8s"))
        await radiusd.decides(token, approve=True)
        assert (await asked).code != ACCEPT


async def test_a_further_factor_before_the_prompt_that_waits_is_answered(tmp_path):
    async with mailing(tmp_path, approved_after("password", client="hold: 2s")) as radiusd:
        await radiusd.user("ann", **ANN)
        waits = await radiusd.asks(timeout=8)
        assert waits.code == CHALLENGE
        await reload(radiusd, approved_after("password", "mailed", client="hold: 2s"))
        await radiusd.decides(await radiusd.token(), approve=True)
        assert (await radiusd.answers(waits, "", timeout=8)).code != ACCEPT


async def test_a_further_factor_before_a_late_approval_is_used(tmp_path):
    """Every factor before the approval is proved anew (D2), and those are the ones of now."""
    client = "hold: 2s, challenge: false"
    async with mailing(tmp_path, approved_after("password", client=client)) as radiusd:
        await radiusd.user("ann", **ANN)
        assert (await radiusd.asks(timeout=8)).code == REJECT
        await radiusd.decides(await radiusd.token(), approve=True)
        await reload(radiusd, approved_after("password", "mailed", client=client))
        assert (await radiusd.asks(timeout=8)).code == REJECT
        assert radiusd.sent[-1].recipient == ANN["email"]


async def test_nodes_with_factors_in_another_order(tmp_path, postgres_server):
    """A code that one node sent is answered at the other, where by-sms comes before it."""
    files = approved_after("password", "mailed", "by-sms"), approved_after("password", "by-sms", "mailed")
    async with nodes(tmp_path, postgres_server, *files) as (one, other):
        await one.user("ann", **ANN)
        challenge = await one.asks()
        answered = asyncio.create_task(other.answers(challenge, one.code(), timeout=10))
        assert (await approves_all(one, answered, other)).code != ACCEPT


async def test_a_node_that_asks_for_one_factor_more(tmp_path, postgres_server):
    """What waits at the one is looked at again through the other, where a code is due as well."""
    files = approved_after("password", client="hold: 2s"), approved_after("password", "mailed", client="hold: 2s")
    async with nodes(tmp_path, postgres_server, *files) as (one, other):
        await one.user("ann", **ANN)
        waits = await one.asks(timeout=8)
        assert waits.code == CHALLENGE
        await one.decides(await one.token(), approve=True)
        assert (await other.answers(waits, "", timeout=8)).code != ACCEPT


# A password proves whose it is for as long as it is their password.


async def test_the_password_is_changed_while_a_code_is_out(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks()
        await radiusd.change("ann", password_hash=hashed("orchid"))
        assert (await radiusd.answers(challenge, radiusd.code())).code == REJECT
        again = await radiusd.asks(password="orchid")
        assert (await radiusd.answers(again, radiusd.code())).code == ACCEPT


async def test_the_password_is_changed_while_a_request_is_held(tmp_path):
    async with mailing(tmp_path, approved_after("password")) as radiusd:
        await radiusd.user("ann", **ANN)
        asked = asyncio.create_task(radiusd.asks(timeout=10))
        token = await radiusd.token()
        await radiusd.change("ann", password_hash=hashed("orchid"))
        await radiusd.decides(token, approve=True)
        assert (await asked).code == REJECT


async def test_the_password_is_changed_before_the_prompt_that_waits_is_answered(tmp_path):
    async with mailing(tmp_path, approved_after("password", client="hold: 2s")) as radiusd:
        await radiusd.user("ann", **ANN)
        waits = await radiusd.asks(timeout=8)
        await radiusd.change("ann", password_hash=hashed("orchid"))
        await radiusd.decides(await radiusd.token(), approve=True)
        assert (await radiusd.answers(waits, "", timeout=8)).code == REJECT


async def test_other_changes_of_a_user_end_no_login(tmp_path):
    """Its opposite: a generation is the password's, not the entry's."""
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks()
        await radiusd.change("ann", description="sits by the window now")
        assert (await radiusd.answers(challenge, radiusd.code())).code == ACCEPT


@pytest.fixture(scope="module")
def corp():
    """It notes when a password was changed, for whoever may read it."""
    with slapd(overlays=PPOLICY) as server:
        yield server


def of_corp(server, text: str) -> str:
    return (
        text.replace("  local: {type: local}", CORP.replace("URL", server.url).strip("\n"))
        .replace("directories: [local]", "directories: [corp]")
    )  # fmt: skip


@pytest.fixture
def ann(corp):
    dn = corp.user("ann", mail="ann@example.com", manager=corp.user("boss", mail="boss@example.com"))
    yield dn
    corp.remove(dn)
    corp.remove(dn.replace("uid=ann", "uid=boss"))


async def another_second() -> None:
    """A directory notes the second of a change."""
    now = int(time.time())
    await until(lambda: int(time.time()) > now)


@pytest.mark.parametrize("times", ["for the first time", "again"])
async def test_a_directory_s_password_is_changed_while_a_code_is_out(corp, ann, tmp_path, times):
    if times == "again":
        corp.change(ann, userPassword="tulip")
        await another_second()
    async with mailing(tmp_path, of_corp(corp, yaml(MAILED % ""))) as radiusd:
        challenge = await radiusd.asks()
        assert challenge.code == CHALLENGE
        corp.change(ann, userPassword="orchid")
        assert (await radiusd.answers(challenge, radiusd.code())).code == REJECT
        again = await radiusd.asks(password="orchid")
        assert (await radiusd.answers(again, radiusd.code())).code == ACCEPT


async def test_a_directory_s_password_is_changed_while_a_request_is_held(corp, ann, tmp_path):
    async with mailing(tmp_path, of_corp(corp, yaml(APPROVED % ""))) as radiusd:
        asked = asyncio.create_task(radiusd.asks(timeout=10))
        token = await radiusd.token()
        corp.change(ann, userPassword="orchid")
        await radiusd.decides(token, approve=True)
        assert (await asked).code == REJECT


async def test_other_changes_in_a_directory_end_no_login(corp, ann, tmp_path):
    async with mailing(tmp_path, of_corp(corp, yaml(MAILED % ""))) as radiusd:
        challenge = await radiusd.asks()
        corp.change(ann, description="sits by the window now")
        assert (await radiusd.answers(challenge, radiusd.code())).code == ACCEPT


# An answer is given again to the same request while its NAS can still ask (RFC 5080 section 2.2.2), and to nobody else.


async def test_an_accept_is_not_repeated_to_who_is_disabled_meanwhile(tmp_path):
    """The octets come from another port: the duplicates of a port have an answer without the engine."""
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        nas, challenge = radiusd.nas(timeout=2.0), await radiusd.asks()
        answer = {"User_Name": "ann", "User_Password": radiusd.code(), "State": state_of(challenge)}
        assert (await nas.asks(**answer, Calling_Station_Id="pc")).code == ACCEPT
        # Its opposite: the NAS heard nothing of it and asks again at once.
        assert code_of(await radiusd.nas().sends(nas.sent)) == ACCEPT
        await radiusd.change("ann", enabled=False)
        assert code_of(await radiusd.nas().sends(nas.sent)) != ACCEPT


async def test_an_accept_is_not_repeated_once_the_password_is_another(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        nas, challenge = radiusd.nas(timeout=2.0), await radiusd.asks()
        answer = {"User_Name": "ann", "User_Password": radiusd.code(), "State": state_of(challenge)}
        assert (await nas.asks(**answer, Calling_Station_Id="pc")).code == ACCEPT
        await radiusd.change("ann", password_hash=hashed("orchid"))
        assert code_of(await radiusd.nas().sends(nas.sent)) != ACCEPT


async def test_an_accept_is_not_repeated_once_a_further_factor_is_asked_for(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        nas, challenge = radiusd.nas(timeout=2.0), await radiusd.asks()
        answer = {"User_Name": "ann", "User_Password": radiusd.code(), "State": state_of(challenge)}
        assert (await nas.asks(**answer, Calling_Station_Id="pc")).code == ACCEPT
        await reload(radiusd, approved_after("password", "mailed"))
        assert code_of(await radiusd.nas().sends(nas.sent)) != ACCEPT


async def test_an_accept_is_not_repeated_once_its_nas_has_given_up(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "", client="hold: 2s")) as radiusd:
        await radiusd.user("ann", **ANN)
        nas, challenge = radiusd.nas(timeout=2.0), await radiusd.asks()
        answer = {"User_Name": "ann", "User_Password": radiusd.code(), "State": state_of(challenge)}
        assert (await nas.asks(**answer, Calling_Station_Id="pc")).code == ACCEPT
        given_up = (await radiusd.last()).at + 2.0
        await until(lambda: time.time() > given_up + 1.0)
        assert code_of(await radiusd.nas().sends(nas.sent)) != ACCEPT


@pytest.mark.parametrize("factors", ["code", "approval"])
async def test_an_accept_is_not_repeated_to_another_client(tmp_path, factors):
    """Both clients have one secret, so the octets are good for either."""
    profile = MAILED % "" if factors == "code" else APPROVED % ""
    text = yaml(profile, client="hold: 4s, challenge: false" if factors == "approval" else "hold: 4s").replace(
        "directories:\n", "  other: {address: 127.0.0.2, secret: 'correct horse battery', application: vpn}\ndirectories:\n", 1
    ).replace("127.0.0.0/8", "127.0.0.1")  # fmt: skip
    async with mailing(tmp_path, text) as radiusd:
        await radiusd.user("ann", **ANN)
        nas = radiusd.nas(timeout=6.0)
        if factors == "code":
            challenge = await radiusd.asks()
            more = {"User_Password": radiusd.code(), "State": state_of(challenge)}
            assert (await nas.asks(User_Name="ann", Calling_Station_Id="pc", **more)).code == ACCEPT
        else:
            asked = asyncio.create_task(nas.asks(User_Name="ann", User_Password="tulip", Calling_Station_Id="pc"))
            await radiusd.decides(await radiusd.token(), approve=True)
            assert (await asked).code == ACCEPT
        assert code_of(await radiusd.nas(source="127.0.0.2", timeout=0.5).sends(nas.sent)) != ACCEPT


def code_of(octets: bytes | None) -> str:
    """Of the datagram that came back."""
    return {None: "silence", 2: ACCEPT, 3: REJECT, 11: CHALLENGE}[octets and octets[0]]


# One person has one name, however it is typed (D21).


@pytest.mark.parametrize(("begins", "answers"), [("Ann", "ann"), ("ann", "ANN"), ("ann", "ann")])
async def test_the_name_in_another_spelling_with_the_answer(tmp_path, begins, answers):
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        challenge = await radiusd.asks(begins)
        assert (await radiusd.answers(challenge, radiusd.code(), name=answers)).code == ACCEPT


@pytest.mark.parametrize(("begins", "answers"), [
    ("ann@example.com", "ann"), ("ann", "EXAMPLE\\ann"), ("EXAMPLE\\Ann", "ann@example.com"),
])  # fmt: skip
async def test_the_realm_is_left_out_with_the_answer(corp, ann, tmp_path, begins, answers):
    async with mailing(tmp_path, of_corp(corp, yaml(MAILED % ""))) as radiusd:
        challenge = await radiusd.asks(begins)
        assert (await radiusd.answers(challenge, radiusd.code(), name=answers)).code == ACCEPT


@pytest.mark.parametrize("name", ["bob", "nobody", "ann2"])
async def test_another_name_with_the_answer(tmp_path, name):
    """Its opposite. Whose login it is stays in."""
    async with mailing(tmp_path, yaml(MAILED % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        await radiusd.user("bob", email="bob@example.com")
        challenge = await radiusd.asks()
        assert (await radiusd.answers(challenge, radiusd.code(), name=name)).code == REJECT
        assert (await radiusd.answers(challenge, radiusd.code())).code == ACCEPT


# A method is open to a user if policy allows it and the user has what it needs (D7).

PASSWORD_ONLY = "  pw: {method: password, directories: [local]}\n"
POLICIES = """
policies:
  - {profile: mailed, directory: local, attribute: username, values: ['*']}
  - {profile: pw, directory: local, attribute: username, values: ['*']}
"""


async def test_who_has_a_number_and_no_address_gets_an_sms(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "" + BY_SMS % "")) as radiusd:
        await radiusd.user("ann", phone=ANN["phone"])
        challenge = await radiusd.asks()
        assert challenge.code == CHALLENGE
        assert [sent.recipient for sent in radiusd.sent] == [ANN["phone"]]
        assert (await radiusd.answers(challenge, radiusd.code())).code == ACCEPT


async def test_who_has_both_gets_a_mail(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "" + BY_SMS % "")) as radiusd:
        await radiusd.user("ann", **ANN)
        assert (await radiusd.asks()).code == CHALLENGE
        assert [sent.recipient for sent in radiusd.sent] == [ANN["email"]]


async def test_who_has_neither_is_refused(tmp_path):
    async with mailing(tmp_path, yaml(MAILED % "" + BY_SMS % "")) as radiusd:
        await radiusd.user("ann")
        assert (await radiusd.asks()).code == REJECT
        assert radiusd.sent == []


async def test_policies_leave_the_password_to_who_has_no_address(tmp_path):
    """Its opposite in the same: who has one is asked for the code."""
    async with mailing(tmp_path, yaml(MAILED % "" + PASSWORD_ONLY, more=POLICIES)) as radiusd:
        await radiusd.user("ann")
        await radiusd.user("bob", email="bob@example.com")
        assert (await radiusd.asks()).code == ACCEPT
        assert (await radiusd.asks("bob")).code == CHALLENGE


async def test_what_a_user_must_use_is_not_replaced(tmp_path):
    """`required` leaves no other profile, also to who has not what it needs."""
    must = POLICIES.replace("profile: mailed,", "profile: mailed, required: true,")
    async with mailing(tmp_path, yaml(MAILED % "" + PASSWORD_ONLY, more=must)) as radiusd:
        await radiusd.user("ann")
        assert (await radiusd.asks()).code == REJECT


async def test_what_is_down_is_not_replaced(tmp_path):
    """Nobody takes mail at the moment: the user has an address, so a code by mail is due and nothing else."""
    down = yaml(MAILED % "" + BY_SMS % "").replace(
        "mail_servers: {out: {type: outbox}}",
        "mail_servers: {out: {type: smtp, host: 127.0.0.1, port: 1, encryption: none, from_address: vpn@example.com}}",
    )
    async with mailing(tmp_path, down) as radiusd:
        await radiusd.user("ann", **ANN)
        assert (await radiusd.asks()).code == REJECT
        assert radiusd.sent == []


async def test_what_is_not_active_is_not_replaced(tmp_path):
    """D7: an application that wants two approvals first lets nobody in with the password alone."""
    two = "  two: {method: approved_otp, directories: [local], mail_servers: [out], quorum: 2, approvers: [manager, boss@example.com]}\n"
    async with mailing(tmp_path, yaml(two + PASSWORD_ONLY)) as radiusd:
        await radiusd.user("ann", **ANN)
        await radiusd.user("bob")
        assert (await radiusd.asks()).code == REJECT
        assert "not active" in (await radiusd.last()).reason
        assert (await radiusd.asks("bob")).code == REJECT
        assert radiusd.sent == []


# A reload leaves nobody waiting for what is no more in radius.yaml (X17).


async def test_what_is_held_of_a_client_that_is_gone_is_answered(tmp_path):
    before = approved_after("password")
    async with mailing(tmp_path, before) as radiusd:
        await radiusd.user("ann", **ANN)
        asked = asyncio.create_task(radiusd.asks(timeout=10))
        await radiusd.token()
        await reload(radiusd, before.replace("  nas:", "  gate:", 1))
        assert (await asked).code == REJECT
        assert len(radiusd.server._holds) == 0


async def test_what_is_held_of_an_application_that_is_gone_is_answered(tmp_path):
    before = approved_after("password")
    async with mailing(tmp_path, before) as radiusd:
        await radiusd.user("ann", **ANN)
        asked = asyncio.create_task(radiusd.asks(timeout=10))
        token = await radiusd.token()
        await reload(
            radiusd, before.replace("application: vpn", "application: office").replace("  vpn:", "  office:", 1)
        )
        assert (await asked).code == REJECT
        assert len(radiusd.server._holds) == 0
        await radiusd.decides(token, approve=True)
        assert (await radiusd.last()).outcome != "accept"
