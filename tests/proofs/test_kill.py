"""kill -9 while many logins are challenged and many held: what was sent still works, and nothing counts twice."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import random
import sqlite3
from dataclasses import dataclass, field

import httpx
import pytest

from tests.flows.corp import yaml_of
from tests.servers.clicks import Browser
from tests.servers.crowd import Crowd, Request, crowd
from tests.servers.daemon import SECRET, Folder, daemon, free_ports
from tests.servers.mailbox import mailbox
from tests.servers.running import until
from tests.servers.slapd import slapd

pytestmark = [
    pytest.mark.proof,
    # A browser whose server is killed leaves its broken connections to the collector.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]

KILLS = 20
OF_EACH = 200
CLICKED_BEFORE = 50  # approvals that are clicked in the moment of the kill
ASKED_ONCE_MORE = 10  # of each kind: whether they would get in a second time
BOSS = "boss@example.org"
YAML = f"""
listen: {{authentication: [127.0.0.1:AUTHENTICATION], accounting: [], web: [127.0.0.1:WEB], internal: []}}
public_url: http://127.0.0.1:WEB
time_zone: UTC
clients:
  gate: {{address: 127.0.0.1, secret: "{SECRET}", application: coded, hold: 30s}}
  door: {{address: 127.0.0.2, secret: "{SECRET}", application: approved, hold: 120s}}
directories:CORP
mail_servers:
  box: {{host: 127.0.0.1, port: SMTP, encryption: none, from_address: mfa@example.org}}
profiles:
  by-mail:
    method: mail_otp
    directories: [corp]
    mail_servers: [box]
    sends_per_hour: 1000
    message: "{{{{ station }}}} {{{{ code }}}}"
  by-boss:
    method: approved_otp
    directories: [corp]
    mail_servers: [box]
    approvers: [{BOSS}]
    asks_per_hour: 1000
    after_refusal: 0s
    message: "{{{{ station }}}} {{{{ link }}}}"
applications:
  coded: {{profiles: [by-mail]}}
  approved: {{profiles: [by-boss]}}
security: {{reject_delay: 0s}}
blocking: {{enabled: false}}
"""


@dataclass
class Person:
    """Somebody who signs in; every time from another station."""

    wire: Crowd
    name: str
    station: str
    request: Request | None = None
    sent: list[str] = field(default_factory=list)  # codes or links, in the order they came
    clicked: bool = False

    def sends(self, **attributes):
        return self.wire.send(User_Name=self.name, Calling_Station_Id=self.station, **attributes)

    def asks(self):
        """The password, in a new packet."""
        self.request = self.sends(User_Password="password")

    async def answer(self):
        return await self.wire.answer(self.request)

    async def is_let_in(self, **attributes):
        request = self.sends(**attributes)
        return (await self.wire.answer(request)).code == "Access-Accept"


class Mails:
    """What came, by person: each has the station in it."""

    def __init__(self, box, people):
        self._box = box
        self._people = {person.station: person for person in people}

    def sort(self):
        for recipient in (BOSS, *(f"{person.name}@example.org" for person in self._people.values())):
            for text in self._box.take(recipient):
                station, what = text.split()
                if station in self._people:
                    self._people[station].sent.append(what)

    async def came(self, person):
        """Its first code or link, once there is one."""
        async with asyncio.timeout(60):
            while not person.sent:
                await asyncio.sleep(0.02)
                self.sort()
        return person.sent[0]


def answered(people):
    return sum(bool(person.request and person.request.replies) for person in people)


async def until_all_wait(coded, approved, mails):
    """Every code asked for, every approval mailed."""
    await asyncio.gather(*(person.answer() for person in coded))
    await asyncio.gather(*(mails.came(person) for person in approved))
    assert not answered(approved)


async def the_code_works_once(person, mails):
    """The first that was sent, whatever was lost with the process; in a login that the same user may have joined."""
    if not person.request.replies:
        if random.random() < 0.5:
            person.asks()
        else:
            person.wire.send_again(person.request)
    challenge = await person.answer()
    assert challenge.code == "Access-Challenge", challenge
    code = await mails.came(person)
    said = {"User_Password": code, "State": challenge["State"]}
    assert await person.is_let_in(**said), f"{person.name} from {person.station}: the code does not work any more"
    assert not await person.is_let_in(**said), "the code works twice"


async def the_approval_counts_once(person, mails, browser):
    """By the first link that was sent; for the request that the NAS sends again, or for one of the user's next try."""
    if not person.request.replies:
        # One whose Accept was recorded and then lost is told again what the packet got; a new packet is a new login.
        if person.clicked or random.random() < 0.5:
            person.wire.send_again(person.request)
        else:
            person.asks()
    link = await mails.came(person)
    await browser.presses(link, "approve")
    reply = await person.answer()
    assert reply.code == "Access-Accept", reply
    # A second click says what stands, and refuses nothing any more.
    heading = await browser.presses(link, "reject")
    assert "reject" not in heading.casefold(), heading


async def is_not_let_in_again(person):
    """The same user from the same station, with the right password and no more."""
    request = person.sends(User_Password="password")
    with contextlib.suppress(TimeoutError):
        reply = await person.wire.answer(request, every=0.5, tries=1)
        assert reply.code != "Access-Accept", "a code or an approval let somebody in twice"


async def clicks(browser, people):
    """The manager is quick; some clicks get no answer."""
    for person in people:
        person.clicked = True
    with contextlib.suppress(httpx.HTTPError):
        await asyncio.gather(*(browser.presses(person.sent[0], "approve") for person in people))


async def test_kill(tmp_path):
    ports = free_ports()
    place = Folder(tmp_path, ports)
    with slapd(users=2 * OF_EACH) as corp:
        async with mailbox() as box:
            yaml = yaml_of(corp, YAML).replace("SMTP", str(box.port)).replace("WEB", str(ports["web"]))
            place.yaml.write_text(yaml.replace("AUTHENTICATION", str(ports["authentication"])))
            for turn in range(KILLS):
                with (
                    crowd(ports["authentication"], SECRET, ports=16) as gate,
                    crowd(ports["authentication"], SECRET, ports=16, source="127.0.0.2") as door,
                ):
                    coded = [Person(gate, f"user{n:06}", f"10.{turn}.1.{n}") for n in range(OF_EACH)]
                    approved = [Person(door, f"user{OF_EACH + n:06}", f"10.{turn}.2.{n}") for n in range(OF_EACH)]
                    await one_turn(place, turn, coded, approved, box)
    nothing_counted_twice(tmp_path / "radiusd.db")


async def one_turn(place, turn, coded, approved, box):
    mails = Mails(box, coded + approved)
    browser = Browser()
    with daemon(place) as radiusd:
        for person in random.sample(coded + approved, 2 * OF_EACH):
            person.asks()
        if turn % 2:  # in the middle of it: some have no answer, some no message yet
            some = random.randrange(OF_EACH)
            await until(lambda: answered(coded) >= some)
            clicking = None
        else:
            await until_all_wait(coded, approved, mails)
            clicking = asyncio.create_task(clicks(browser, approved[:CLICKED_BEFORE]))
            await until(lambda: answered(approved) >= CLICKED_BEFORE // 5)
        radiusd.process.kill()
        radiusd.process.wait()
        if clicking is not None:
            await clicking
    await browser.close()
    browser = Browser()
    with daemon(place):
        mails.sort()
        await asyncio.gather(
            *(the_code_works_once(person, mails) for person in coded),
            *(the_approval_counts_once(person, mails, browser) for person in approved),
        )
        again = random.sample(coded, ASKED_ONCE_MORE) + random.sample(approved, ASKED_ONCE_MORE)
        await asyncio.gather(*map(is_not_let_in_again, again))
    await browser.close()


def nothing_counted_twice(path):
    database = sqlite3.connect(path)
    try:
        # A packet that was accepted and comes again gets its reply again, and the audit says so.
        accepts = database.execute(
            "select login from audit where outcome = 'accept' and reason != 'the same request again'"
        ).fetchall()
        assert len(accepts) == len(set(accepts)) == 2 * OF_EACH * KILLS
        used = database.execute("select count(*) from approvals where used_at is not null").fetchone()[0]
        assert used == OF_EACH * KILLS
        decided = database.execute("select count(*) from approvals where status = 'approved'").fetchone()[0]
        assert decided == used
    finally:
        database.close()
    gc.collect()  # while the browsers' warnings are passed over
