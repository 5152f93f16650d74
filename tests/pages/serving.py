"""The pages served as the server serves them, in a thread, over a real database, with a clock that tests move."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, timedelta
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
from msgspec.structs import astuple, replace

from config.models.security import PasswordRules
from radiusd.administration.password_resets import VALID_SECONDS, Resets
from radiusd.approval.desk import Desk
from radiusd.approval.people import People
from radiusd.delivery.carriers import Sent
from radiusd.delivery.outbox import Outbox
from radiusd.directories.local import Local, LocalOptions
from radiusd.enrollment.address_step import AddressStep, Rules
from radiusd.enrollment.destinations import of_mail, of_mobile
from radiusd.enrollment.enrolled import Enrolled
from radiusd.enrollment.password_letters import PasswordLetters
from radiusd.enrollment.post import Post, Routes
from radiusd.enrollment.reception import Reception
from radiusd.enrollment.steps import Step
from radiusd.handlers.soft_otp.app_step import AppStep
from radiusd.handlers.soft_otp.options import SoftOtpOptions
from radiusd.model.message import Message
from radiusd.passwords.hash_queue import HashQueue
from radiusd.rules import links
from radiusd.rules.sealing import Sealing
from radiusd.rules.texts import Texts
from radiusd.rules.titles import ByName, Titles
from radiusd.web.app import app
from radiusd.web.health import Health
from radiusd.web.pages import Pages
from radiusd.web.server import WebServer
from store import Connection, Store, approvals, audit, blocks, invitations, logins, password_resets, users
from store.enrolled import Kind
from store.invitations import Invitation
from store.password_resets import PasswordReset
from store.records import ApprovalRow, LinkRow, LoginRow, NewUser

KEY = b"k" * 32
NOON = 1795431800.0  # 2026-11-23 14:03:20 in Istanbul


class Served:
    """A running web server; called from the test's own thread."""

    def __init__(
        self, folder: Path, *, proxies: Sequence[str] = (), outbox: Outbox | None = None,
        organisation: str = "", logo: bytes | None = None, **titles: ByName,
    ) -> None:  # fmt: skip
        self.now = NOON
        self._folder = folder
        self._outbox = outbox
        self._titles = Titles(Texts({}, "en"), organisation, **titles)
        self._logo = logo
        self._proxies = tuple(map(ip_network, proxies))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._run(self._start())

    async def _start(self) -> None:
        self.store = Store.open(f"sqlite:///{self._folder}/radiusd.db")
        self.store.start(self._loop)
        self.ann = await self.store.write(lambda c: users.add(c, NewUser(username="ann"), self.now))
        local = Local("local", LocalOptions(type="local"), self.store, None, password_cache=timedelta(0))
        self.desk = Desk(self.store, [KEY], People(self.store, {"local": local}, blocking=True))
        self.sent: list[Message] = []
        enrolled = Enrolled(self.store)
        mail, mobile = of_mail(enrolled.addresses, None), of_mobile(enrolled.addresses, None, "TR", ("TR",))
        self.post = Post(Routes(("out",), ("sms",), 100), Texts({}, "en"), self._titles, UTC, mail, mobile)
        kinds: tuple[Kind, ...] = ("mail", "mobile")
        app_options = SoftOtpOptions(method="soft_otp", directories=("local",), issuer="Şirket", recovery_codes=4)
        steps: list[Step] = [
            *(AddressStep(kind, self.store, [KEY], self.post, Rules(5, "TR", ("TR",))) for kind in kinds),
            AppStep([app_options], self.store, Sealing([KEY]), [KEY], 5),
        ]
        self.reception = Reception(
            self.store, [KEY], {"local": local}, steps, self.post, self._send, self._loop.create_task
        )

        self.hashes = HashQueue()
        letters = PasswordLetters(Texts({}, "en"), self._titles, UTC, mail, ("out",))
        self.resets = Resets(
            self.store, [KEY], {"local": local}, "local", self.hashes, PasswordRules(reset_by_mail=True), letters,
            lambda _language: "By the link", self._send, self._loop.create_task,
        )  # fmt: skip

        def pages() -> Pages:
            zone = ZoneInfo("Europe/Istanbul")
            return Pages(
                self.desk,
                lambda: self.reception,
                self.resets,
                self._outbox,
                zone,
                "en",
                self._proxies,
                lambda: self.now,
                self._titles,
                self._logo,
            )

        health = Health(lambda: None, lambda: True, dict)
        self._web = WebServer(lambda: app(health, None, pages), [("127.0.0.1", 0)])
        await self._web.start()
        self.url = f"http://127.0.0.1:{self._web.ports[0]}"

    async def _send(self, message: Message, _deadline: float) -> Sent:
        self.sent.append(message)
        return Sent("out")

    def reset(self, **changes) -> str:
        """The token of a new link for ann to set another password."""
        token = links.new_token()
        made = PasswordReset(
            links.digest(KEY, token), self.ann.id, "ann", "", self.now, self.now + VALID_SECONDS, "desk"
        )
        self._run(self.store.write(lambda c: password_resets.add(c, made._replace(**changes))))
        return token

    def invited(self, *, language: str = "en", kinds: str = "mail mobile", **changes) -> str:
        """The token of a new invitation of ann."""
        token = links.new_token()
        made = Invitation(
            links.digest(KEY, token), "local", self.ann.id, "ann", language, "a***n@example.com", kinds, self.now,
            self.now + 3600, "desk",
        )  # fmt: skip
        self._run(self.store.write(lambda c: invitations.add(c, replace(made, **changes))))
        return token

    def close(self) -> None:
        self._run(self._web.close())
        self.hashes.close()
        self._run(self.store.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def close_database(self) -> None:
        self._run(self.store.close())

    def _run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def asked(
        self, *, recipient: str = "boss@example.com", language: str = "en", why: str = "manager", **changes
    ) -> str:
        """The token of a new link to a new approval, which is held for 48 seconds more unless told otherwise."""
        number = secrets.token_hex(12)
        approval = ApprovalRow(
            id=number,
            at=self.now - 12,
            until=self.now + 3600,
            kind="approval",
            login=secrets.token_hex(12),
            profile="contractor-approval",
            directory="local",
            unique_id=self.ann.id,
            user_name="ann",
            display_name="Ann Example",
            application="vpn",
            client="vpn-gateway",
            station="203.0.113.77",
            nas="fw1.example.com",
            source="192.0.2.10",
            late=300.0,
            held_until=self.now + 48,
        )._replace(**changes)
        token, link = self._link(number, recipient, language, why)
        self._run(self.store.write(lambda connection: approvals.insert(connection, approval, [link])))
        return token

    def another_link(self, token: str, *, recipient: str, language: str = "en") -> str:
        """The token of a further link to the same approval."""
        other, link = self._link(self.row(token).id, recipient, language)
        self._run(self.store.write(lambda connection: approvals.add_links(connection, [link])))
        return other

    def _link(self, approval: str, recipient: str, language: str, why: str = "named") -> tuple[str, LinkRow]:
        token = links.new_token()
        return token, LinkRow(links.digest(KEY, token), approval, recipient, language, self.now, why)

    def signed_in_before(self, station: str, at: float) -> None:
        """The user of the links signed in from there at that time."""
        self._run(self.store.write(lambda c: blocks.know_station(c, "local", self.ann.id, station, at)))

    def row(self, token: str) -> ApprovalRow:
        """What the database has of it."""
        found = self._run(self.store.read(lambda connection: approvals.by_link(connection, [links.digest(KEY, token)])))
        return found[0]

    def use(self, token: str) -> None:
        """The user is signed in by it."""
        number = self.row(token).id
        assert self._run(self.store.write(lambda connection: approvals.mark_used(connection, number, self.now)))

    def take_back(self, token: str) -> None:
        """It is learned that the Accept did not arrive."""
        row = self.row(token)
        write = self.store.write(lambda c: approvals.take_back(c, row.id, row.used_at or 0.0, self.now + 1))
        assert self._run(write)

    def login(self, token: str, *, states: str) -> None:
        """The sign-in that waits for it."""
        row = self.row(token)
        login = LoginRow(
            row.login, row.at, row.until, row.directory, row.unique_id, row.user_name, row.user_name, row.client,
            row.application, row.profile, row.station, row.nas, row.source, row.login, 1, row.profile, "", row.id,
            states, "", "", "open", row.id,
        )  # fmt: skip
        self._run(self.store.write(lambda c: logins.ROWS.insert(c, astuple(login))))

    def somebody(self, *, enabled: bool = True, blocked: bool = False) -> dict[str, str]:
        """Another user of the database; how a request names them."""
        name = f"ann-{secrets.token_hex(4)}"

        def step(connection: Connection) -> dict[str, str]:
            made = users.add(connection, NewUser(username=name, enabled=enabled), self.now)
            if blocked:
                blocks.add(connection, "local", made.id, name, reason="left", until=None, by="admin", now=self.now)
            return {"unique_id": made.id, "user_name": name}

        return self._run(self.store.write(step))

    def withdraw(self, token: str) -> None:
        number = self.row(token).id
        assert self._run(self.store.write(lambda connection: approvals.withdraw(connection, number, self.now)))

    def told(self) -> list[str]:
        """What the audit has of decisions."""
        rows = self._run(self.store.read(lambda connection: audit.find(connection, newest_first=False)))
        return [f"{row.outcome}: {row.reason or row.detail} from {row.source}" for row in rows]

    def client(self, **options) -> httpx.Client:
        return httpx.Client(base_url=self.url, trust_env=False, **options)


@contextmanager
def serving(folder: Path, **options) -> Iterator[Served]:
    served = Served(folder, **options)
    try:
        yield served
    finally:
        served.close()
