"""The configurations of a random walk: what is drawn, what a reload changes of it, and how it is written down."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, replace
from typing import Any

from tests.servers.running import SECRET
from tests.walks.heard import CODES
from tests.walks.people import DRIFT

CLIENTS = {"a": "127.0.0.1", "b": "127.0.0.2"}
APPLICATIONS = {"a": "one", "b": "two"}
DIGITS = 8
METHODS = (
    ("password",), ("password", "mailed"), ("password", "by-sms"), ("password", "mailed", "by-sms"),
    ("password", "by-sms", "mailed"), ("password", "app"),
)  # fmt: skip
MENU = "menu"
MENUS = (
    ("mailed", "by-sms"), ("by-sms", "approved", "password-only"), ("approved", "mailed", "by-sms"), ("mailed", "linked"), ("app", "mailed"),
)  # fmt: skip
BLOCKING = {"enabled": True, "failed_attempts": {"password": 4, "code": 4}, "window": "5s"}


@dataclass(frozen=True)
class Scene:
    """A configuration. `profiles` are of the applications, MENU where the user chooses one of `menu`; `limits` are the
    options of each factor, in seconds or numbers; `methods` come before an approval, `linked` before a link.
    """

    profiles: dict[str, str]
    menu: tuple[str, ...]
    methods: tuple[str, ...]
    linked: tuple[str, ...]
    limits: dict[str, dict[str, int]]
    carriers: tuple[str, ...]
    delivery: str
    clients: dict[str, tuple[bool | int, int]]  # challenge, hold
    security: dict[str, Any]
    blocking: dict[str, Any]

    @classmethod
    def drawn(cls, dice: random.Random) -> Scene:
        names = ("password-only", "mailed", "by-sms", "approved", "approved", "informed", MENU, MENU, "linked", "linked",
                 "app", "app")  # fmt: skip
        return cls(
            profiles={application: dice.choice(names) for application in APPLICATIONS.values()},
            menu=dice.choice(MENUS),
            methods=dice.choice(METHODS),
            limits={factor: _code_limits(dice) for factor in CODES}
            | {
                "approved": {
                    "link_validity": dice.choice((2, 20, 20)),
                    "late_approval": dice.choice((0, 1, 5, 5)),
                    "after_refusal": dice.choice((0, 0, 2)),
                    "asks_per_hour": dice.choice((4, 1000, 1000, 1000, 1000, 1000)),
                },
                "linked": {
                    "link_validity": dice.choice((2, 20, 20)),
                    "late_approval": dice.choice((0, 0, 5)),
                    "after_refusal": dice.choice((0, 0, 2)),
                    "links_per_hour": dice.choice((4, 1000, 1000, 1000)),
                },
            },
            linked=dice.choice(((), (), ("password",))),
            carriers=dice.choice((("moody",), ("moody", "out"))),
            delivery=dice.choice(("mail", "sms")),
            clients={
                client: (dice.choice((True, True, False, 1, 2)), dice.choice((2, 3, 4))) for client in CLIENTS
            },
            security={"reject_delay": "0s", "login_timeout": dice.choice(("3s", "60s")), "password_cache": dice.choice(("0s", "5m", "5m", "5m"))},
            blocking=dice.choice(({"enabled": False}, BLOCKING | {"duration": f"{dice.choice((1, 3, 3))}s"})),
        )  # fmt: skip

    def calm(self) -> Scene:
        """The same, but nothing is short."""
        limits = {factor: options | {"attempts": 3, "validity": 60, "sends_per_hour": 1000} for factor, options in self.limits.items() if factor in CODES}  # fmt: skip
        limits["approved"] = {"link_validity": 60, "late_approval": 5, "after_refusal": 0, "asks_per_hour": 1000}
        limits["linked"] = {"link_validity": 60, "late_approval": 0, "after_refusal": 0, "links_per_hour": 1000}
        return Scene(
            self.profiles, self.menu, self.methods, self.linked, limits, self.carriers, self.delivery, dict.fromkeys(CLIENTS, (True, 4)),
            {"reject_delay": "0s"}, {"enabled": False},
        )  # fmt: skip

    def limited(self) -> Scene:
        """The same, but wrong passwords are limited, and what they lead to is not short."""
        return replace(self, blocking=BLOCKING | {"duration": "30s"})

    def with_other_factors(self, dice: random.Random) -> Scene:
        """The same, but what comes before an approval: in another order, one more, one fewer."""
        return replace(self, methods=dice.choice([each for each in METHODS if each != self.methods]))

    def of_another_node(self, dice: random.Random) -> Scene:
        """As somebody writes it who has not seen the file of the first."""
        other = self.with_other_factors(dice)
        swapped = dict(zip(self.profiles, reversed(self.profiles.values()), strict=True))
        return replace(other, profiles=swapped) if dice.random() < 0.3 else other

    @property
    def passwords_judged(self) -> int | None:
        """How many wrong ones of a user from one station make a block; None where they are not limited."""
        return self.blocking["failed_attempts"]["password"] if self.blocking["enabled"] else None

    @property
    def blocked_for(self) -> float:
        """Seconds."""
        return float(self.blocking.get("duration", "1s").rstrip("s"))

    def ways(self, client: str) -> dict[str, tuple[str, ...]]:
        """By profile, what is to be proved."""
        application = APPLICATIONS[client]
        ways = {profile: self._factors(profile) for profile in self._profiles(application)}
        if self.profiles[application] == MENU:
            # A menu is behind the password, whatever is chosen then.
            ways = {
                profile: factors if "password" in factors else ("password", *factors)
                for profile, factors in ways.items()
            }
        return ways

    def is_asked(self, client: str) -> bool:
        """Whether the user must choose one of them: a NAS that shows few Challenges may show no menu."""
        return self.profiles[APPLICATIONS[client]] == MENU and self.clients[client][0] is True

    def _profiles(self, application: str) -> tuple[str, ...]:
        profile = self.profiles[application]
        return self.menu if profile == MENU else (profile,)

    def _factors(self, profile: str) -> tuple[str, ...]:
        if profile == "password-only":
            return ("password",)
        if profile == "linked":
            return (*self.linked, profile)
        return (*(self.methods if profile in {"approved", "informed"} else ("password",)), profile)

    def limit(self, factor: str, name: str) -> float:
        return float(self.limits[factor][name])

    def hold(self, client: str) -> float:
        return float(self.clients[client][1])

    def appends(self, client: str) -> bool:
        return self.clients[client][0] is False

    def yaml(self, post: str) -> str:
        """radius.yaml; JSON is YAML."""
        of_mail, of_sms = {"mail_servers": list(self.carriers)}, {"sms_gateways": list(self.carriers)}
        told = "{{ user.username }} {{ client }} {{ station }}"
        asked = {
            "method": "approved_otp", "directories": ["local"], "methods": list(self.methods), "approvers": ["sponsor"],
            "delivery": self.delivery, **(of_mail if self.delivery == "mail" else of_sms),
        }  # fmt: skip
        limits = {factor: _written(options) for factor, options in self.limits.items()}
        carriers = {"moody": {"type": "moody", "of": post}, "out": {"type": "outbox"}}
        code = {"directories": ["local"], "code_length": DIGITS, "send_within": "1s"}
        profiles = {
            "password-only": {"method": "password", "directories": ["local"]},
            "mailed": {"method": "mail_otp", **of_mail, **code, "prompt": "mailed: {{ destination }}",
                       "message": f"mailed {told} {{{{ code }}}}", **limits["mailed"]},
            "by-sms": {"method": "sms_otp", **of_sms, **code, "prompt": "by-sms: {{ destination }}",
                       "message": f"by-sms {told} {{{{ code }}}}", **limits["by-sms"]},
            "app": {"method": "soft_otp", "directories": ["local"], "drift": DRIFT, "attempts": 3},
            "approved": {**asked, "message": f"approved {told} {{{{ link }}}}", **limits["approved"]},
            "linked": {"method": "mail_auth", "directories": ["local"], "methods": list(self.linked), **of_mail,
                       "message": f"linked {told} {{{{ link }}}}", "max_held": {"user": 20, "station": 40},
                       **limits["linked"]},
            "informed": {**asked, "message": f"informed {told} {{{{ link }}}}", "type": "manager_information"},
        }  # fmt: skip
        return json.dumps({
            "listen": {"authentication": ["127.0.0.1:0"], "accounting": [], "web": [], "internal": []},
            "public_url": "https://mfa.example.com", "phone_country": "TR",
            "clients": {
                name: {"address": CLIENTS[name], "secret": SECRET, "application": APPLICATIONS[name],
                       "challenge": challenge, "hold": f"{hold}s"}
                for name, (challenge, hold) in self.clients.items()
            },
            "directories": {"local": {"type": "local"}},
            "mail_servers": carriers, "sms_gateways": carriers,
            "profiles": profiles,
            "applications": {
                name: {"profiles": list(self._profiles(name)), "choose": "ask" if profile == MENU else "first"}
                for name, profile in self.profiles.items()
            },
            "security": {**self.security, "passwords": {"min_length": 3, "common": "allow"}}, "blocking": self.blocking,
        }, indent=1)  # fmt: skip


def _code_limits(dice: random.Random) -> dict[str, int]:
    return {
        "validity": dice.choice((1, 3, 10)),
        "attempts": dice.choice((1, 2, 3)),
        "resend_after": dice.choice((0, 1)),
        "sends_per_hour": dice.choice((5, 1000, 1000, 1000, 1000, 1000)),
    }


def _written(options: dict[str, int]) -> dict[str, Any]:
    numbers = ("attempts", "sends_per_hour", "asks_per_hour")
    written: dict[str, Any] = {name: value if name in numbers else f"{value}s" for name, value in options.items()}
    if "links_per_hour" in options:
        written["links_per_hour"] = {
            "user": options["links_per_hour"],
            "station": options["links_per_hour"],
            "client": 100_000,
        }
    return written
