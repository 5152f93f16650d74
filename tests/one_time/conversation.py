"""One user who is asked for a code: what is read, what is typed, what the verdict is. Nothing waits, time is a number."""

from __future__ import annotations

import re
from datetime import UTC, timedelta

from radiusd.enrollment.destinations import of_mail, of_mobile
from radiusd.enrollment.remembered import Remembered
from radiusd.handlers import Tools
from radiusd.handlers.mail_otp import MailOtp, MailOtpOptions
from radiusd.handlers.sms_otp import SmsOtp, SmsOtpOptions
from radiusd.model.entry import Entry
from radiusd.model.turn import Turn
from radiusd.model.verdict import Asked, Passed
from radiusd.rules.sealing import Sealing
from radiusd.rules.texts import Texts
from radiusd.rules.titles import Titles

AT = 1_800_000_000.0  # 2027-01-15 08:00 UTC
CODE = re.compile(r"\b[0-9]{4,10}\b")
MINUTES = 60.0
MORE = ". No code yet? Press Enter, or type resend."
MORE_TR = '. Kod gelmediyse Enter\'a basın ya da "yeniden" yazın.'


def finished(coroutine):
    """What a coroutine returns that waits for nothing: a login by code costs no turn of the loop."""
    try:
        coroutine.send(None)
    except StopIteration as stopped:
        return stopped.value
    message = "it waits for something"
    raise AssertionError(message)


def ann(**fields):
    given = {"mail": "alice@example.com", "mobile": "+905554443322", "display_name": "Alice Example"}
    return Entry("local", "7", "ann", **given | fields)


class Login:
    """One login by one profile. `verdict` is the last one, `messages` all that were to be sent, `now` the time."""

    def __init__(self, kind="mail", *, entry=None, name="login1", factor="office", language="en", **of):
        tools = {
            key: of.pop(key, default)
            for key, default in (("countries", ("TR",)), ("phone_country", "TR"), ("texts", {}), ("time_zone", UTC))
        }
        tools["texts"] = Texts(tools["texts"], language)
        tools["titles"] = Titles(tools["texts"], **of.pop("titles", {}))
        tools["sealing"] = Sealing([b"k" * 32])
        enrolled, automatic = Remembered(None, "enrollments", None), of.pop("automatic", None)
        enrolled._take(None, of.pop("rows", ()))
        tools["authenticators"] = None
        tools["mail"] = of_mail(enrolled, automatic)
        tools["mobile"] = of_mobile(enrolled, automatic, tools["phone_country"], tools["countries"])
        made = Tools(directories={}, store=None, keys=(b"k" * 32,), public_url="", **tools)
        self.enrolled = enrolled
        if kind == "mail":
            options = {"method": "mail_otp", "directories": ("local",), "mail_servers": ("primary", "backup")}
            self.method = MailOtp(MailOtpOptions(**options | of), made)
        else:
            options = {"method": "sms_otp", "directories": ("local",), "sms_gateways": ("first", "second")}
            self.method = SmsOtp(SmsOtpOptions(**options | of), made)
        self.entry = entry or ann()
        self.name = name
        self.factor = factor
        self.now = AT
        self.memory = ""
        self.verdict = None
        self.messages = []

    def begins(self, **fields):
        return self._taken(finished(self.method.begin(self._turn("tulip", **fields))))

    def types(self, text, **fields):
        return self._taken(finished(self.method.answer(self._turn(text, **fields))))

    def starts_again(self, **fields):
        """The server was killed before it knew that the message had left."""
        return self._taken(finished(self.method.again(self._turn("", **fields))))

    def later(self, seconds):
        self.now += seconds

    @property
    def reads(self):
        """The prompt; None where nothing is asked."""
        return self.verdict.prompt if isinstance(self.verdict, Asked) else None

    @property
    def passed(self):
        return isinstance(self.verdict, Passed)

    @property
    def codes(self):
        """In the order in which they were sent."""
        return [CODE.search(message.content.text)[0] for message in self.messages]

    @property
    def wrong(self):
        """A code that was never sent."""
        return next(code for code in ("000000", "111111", "222222", "333333", "444444") if code not in self.codes)

    def _turn(self, answer, **fields):
        given = {
            "login": self.name, "entry": self.entry, "answer": answer, "client": "gateway", "application": "vpn",
            "profile": "office", "station": "192.0.2.77", "memory": self.memory, "at": self.now, "deadline": 55.0,
            "factor": self.factor, "nas": "gw-1", "source": "192.0.2.10",
        }  # fmt: skip
        return Turn(**given | fields)

    def _taken(self, verdict):
        self.verdict = verdict
        if isinstance(verdict, Asked):
            self.memory = verdict.memory
            if verdict.message is not None:
                self.messages.append(verdict.message)
        return verdict


def seconds(number):
    return timedelta(seconds=number)
