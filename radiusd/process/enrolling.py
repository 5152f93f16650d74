"""What enrolling takes, of the settings: by what it is written, what may be enrolled, and the step of each kind."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, NamedTuple

from config.models.methods import SentCodeOptions
from config.settings import Settings
from radiusd.delivery.outbox import Outbox
from radiusd.directories import Directory
from radiusd.enrollment.address_step import AddressStep, Rules
from radiusd.enrollment.post import Post, Routes, Send
from radiusd.enrollment.reception import Reception
from radiusd.enrollment.steps import Step
from radiusd.handlers import Tools
from radiusd.handlers.enrolling import Enrolling, Who
from radiusd.handlers.soft_otp.app_step import AppStep
from radiusd.handlers.soft_otp.options import SoftOtpOptions
from radiusd.passwords.hash_queue import HashQueue
from radiusd.process.tools import conditions_of, countries_of
from store import Store
from store.enrolled import Kind

USUAL_CODES = 10  # in an hour, where no profile says how many


class Reach(NamedTuple):
    """How pages reach people. `background` runs what nobody waits for; `outbox` is the demonstration's, else None; new
    passwords wait for their `hashes`.
    """

    send: Send
    background: Callable[[Coroutine[Any, Any, None]], None]
    outbox: Outbox | None
    hashes: HashQueue


def routes_of(settings: Settings) -> Routes:
    """Every mail server and gateway, in the order of radius.yaml; codes as few as the strictest profile allows."""
    most = [each.sends_per_hour for each in settings.profiles.values() if isinstance(each, SentCodeOptions)]
    return Routes(tuple(settings.mail_servers), tuple(settings.sms_gateways), min(most, default=USUAL_CODES))


def post_of(settings: Settings, tools: Tools) -> Post:
    """What composes messages about addresses and numbers."""
    return Post(routes_of(settings), tools.texts, tools.titles, tools.time_zone, tools.mail, tools.mobile)


def rules_of(settings: Settings) -> Rules:
    """What may be enrolled."""
    return Rules(settings.enrollment.per_user, settings.phone_country or "", countries_of(settings))


def reception_of(
    settings: Settings,
    store: Store,
    directories: Mapping[str, Directory],
    tools: Tools,
    send: Send,
    background: Callable[[Coroutine[Any, Any, None]], None],
) -> Reception:
    """What is behind the links of invitations."""
    post = post_of(settings, tools)
    return Reception(store, tools.keys, directories, steps_of(settings, store, tools, post), post, send, background)


def enrolling_of(settings: Settings, profile: str, tools: Tools) -> Enrolling | None:
    """What takes the place of a profile whose user has nothing yet that it could send to; None for other profiles."""
    options, enrollment = settings.profiles[profile], settings.enrollment
    if not isinstance(options, SentCodeOptions):
        return None
    who = Who(enrollment.self_service, enrollment.first, conditions_of(enrollment.allowed) or ())
    kind: Kind = "mail" if options.needs_of_a_user == "mail" else "mobile"
    return Enrolling(kind, who, tools.store, tools.keys, tools.texts, post_of(settings, tools), rules_of(settings))


def steps_of(settings: Settings, store: Store, tools: Tools, post: Post) -> Sequence[Step]:
    """One for each kind that can be enrolled."""
    rules, per_user = rules_of(settings), settings.enrollment.per_user
    apps = [options for options in settings.profiles.values() if isinstance(options, SoftOtpOptions)]
    steps: list[Step] = [
        AddressStep("mail", store, tools.keys, post, rules),
        AddressStep("mobile", store, tools.keys, post, rules),
    ]
    if apps:
        steps.append(AppStep(apps, store, tools.sealing, tools.keys, per_user))
    return steps
