"""From settings to the parts that serve: wiring alone, nothing is started here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from ipaddress import IPv4Network, IPv6Network
from typing import Any, NamedTuple

from config.models.options import ProfileOptions
from config.models.rules import AutomaticMatch, Match
from config.settings import ClientSettings, Settings
from radiusd.approval.failures import Failures
from radiusd.delivery.carriers import Made
from radiusd.directories import KINDS as TYPES
from radiusd.directories import Directory
from radiusd.directories.ldap_lockout import USUAL
from radiusd.directories.local import Local
from radiusd.directories.local_options import LocalOptions
from radiusd.handlers import KINDS as METHODS
from radiusd.handlers import STEPS, AsksUnproved, Method, Pretended, TellsOfFailures, Tools
from radiusd.handlers.menu import Menu
from radiusd.login.applications import Application
from radiusd.login.behaviours import ANY, OF_PAGES, PAGES, Behaviour
from radiusd.login.engine import Engine
from radiusd.login.lasting import Lasting
from radiusd.login.login_rows import PASSWORD
from radiusd.login.states import Keys
from radiusd.metrics import Counts
from radiusd.passwords.hash_queue import HashQueue
from radiusd.process.enrolling import enrolling_of
from radiusd.process.key_file import derived
from radiusd.process.tools import tools_of
from radiusd.radius.attributes import Dictionary
from radiusd.radius.clients import Client, Clients
from radiusd.radius.learning import Learning
from radiusd.rules.blocking import Limits
from radiusd.rules.conditions import Condition
from radiusd.rules.policy import Offer, Policy, Rule
from radiusd.rules.reply_rules import ReplyRule, ReplyRules
from store import Store


class Parts(NamedTuple):
    """What is made of one configuration."""

    settings: Settings
    dictionary: Dictionary
    limits: Limits | None
    directories: Mapping[str, Directory]
    carriers: Made
    engine: Engine
    clients: Clients


def wanted_attributes(settings: Settings, directory: str) -> frozenset[str]:
    """The attributes of a directory that policies and other rules ask for."""
    rules: list[Match | AutomaticMatch] = [
        *settings.policies,
        *settings.enrollment.allowed,
        *(rule for _role, rules in settings.administration.roles for rule in rules),
        *(settings.enrollment.automatic or ()),
        *(rule for application in settings.applications.values() for rule in application.reply_rules),
    ]
    return frozenset(rule.attribute for rule in rules if rule.directory == directory and rule.attribute)


class Directories:
    """Makes directories, and lets one whose settings did not change go on over a reload, with its memory."""

    def __init__(self, store: Store, hashes: HashQueue, *, demo: bool) -> None:
        self._store = store
        self._hashes = hashes
        self._demo = demo
        self._made: dict[str, tuple[object, Directory]] = {}

    def of(self, settings: Settings) -> dict[str, Directory]:
        """Every directory of the settings: those in use where they did not change. What is new is not started yet."""
        return {name: self.one(settings, name) for name in settings.directories}

    def use(self, settings: Settings, made: Mapping[str, Directory]) -> None:
        """Those are in use: what `of` gave for these settings."""
        self._made = {name: (_recipe(settings, name), directory) for name, directory in made.items()}

    def one(self, settings: Settings, name: str) -> Directory:
        """That of a name."""
        kept = self._made.get(name)
        if kept is not None and kept[0] == _recipe(settings, name):
            return kept[1]
        options = settings.directories[name]
        if isinstance(options, LocalOptions):
            cache = settings.security.password_cache
            return Local(name, options, self._store, self._hashes, password_cache=cache, demo=self._demo)
        directory: Directory = TYPES[options.type].make(name, options, wanted_attributes(settings, name))
        return directory


def _recipe(settings: Settings, name: str) -> object:
    """All that a directory is made of."""
    return settings.directories[name], wanted_attributes(settings, name), settings.security.password_cache


def limits_of(settings: Settings) -> Limits | None:
    """When failures become blocks; None where blocking is off."""
    blocking = settings.blocking
    if not blocking.enabled:
        return None
    return Limits(
        {"password": blocking.failed_attempts.password, "code": blocking.failed_attempts.code},
        blocking.window.total_seconds(),
        None if blocking.duration is None else blocking.duration.total_seconds(),
        blocking.scope,
        blocking.user_limit,
    )


def failures_window(settings: Settings) -> float:
    """For how many seconds a failure counts, at most, and is compared with those that follow it."""
    windows = [settings.blocking.window]
    for directory in settings.directories.values():
        lockout = getattr(directory, "lockout", None)
        if lockout is not None:
            windows.append(lockout.window or timedelta(seconds=USUAL.window))
    return max(windows).total_seconds()


def method_of(settings: Settings, factor: str, options: ProfileOptions, tools: Tools) -> Method | None:
    """What proves a factor of a profile; None where it is not active."""
    if factor == PASSWORD:
        made: Method = METHODS[PASSWORD].make(options, tools)
        return made
    chosen = settings.profiles[factor]
    kind = METHODS[chosen.method]
    if not kind.active:
        return None
    made = kind.make(chosen, tools)
    other = settings.profiles.get(chosen.sends_otherwise_by or "")
    if other is not None:
        codes: Any = made  # of a profile that has the key
        codes.goes_otherwise(METHODS[other.method].make(other, tools).channel)
    return made


def application_of(settings: Settings, name: str, tools: Tools, dictionary: Dictionary) -> Application:
    """One application: its policy, its reply rules and the methods of its profiles."""
    chosen = settings.applications[name]
    profiles = {profile: settings.profiles[profile] for profile in chosen.profiles}
    rules = [
        Rule(rule.profile, Condition(rule.directory, rule.attribute or "", rule.values), rule.required)
        for rule in settings.policies
    ]
    offers = {profile: Offer(options.method, options.directories) for profile, options in profiles.items()}
    policy = Policy(name, offers, rules, settings.closed, asks=chosen.choose == "ask")
    reply_rules = ReplyRules(
        chosen.reply,
        [
            ReplyRule(Condition(rule.directory, rule.attribute or "", rule.values), rule.reply)
            for rule in chosen.reply_rules
        ],
        dictionary.encode,
    )
    steps = {step: make(tools) for step, make in STEPS.items()}
    methods: dict[str, tuple[tuple[str, ...], Mapping[str, Method]]] = {}
    pretended: dict[str, Pretended] = {}
    for profile, options in profiles.items():
        factors = factors_of(profile, options)
        made = {factor: method_of(settings, factor, options, tools) for factor in factors}
        if profile not in settings.closed:
            ways = {factor: method for factor, method in made.items() if method is not None}
            of_nobody = _of_nobody(ways.get(profile)) if factors == (profile,) else None
            if of_nobody is not None:
                pretended[profile] = of_nobody
            methods[profile] = (factors, {**steps, **ways})
    mentioned = dict.fromkeys(directory for options in profiles.values() for directory in options.directories)
    menu = partial(Menu, tools.texts, tools.titles) if chosen.choose == "ask" else None
    found = [tools.directories[each] for each in mentioned]
    enrolling = {each: step for each in methods if (step := enrolling_of(settings, each, tools)) is not None}
    return Application(name, found, policy, reply_rules, methods, menu, tools.time_zone, pretended, enrolling)


def _of_nobody(method: object) -> Pretended | None:
    """What takes the method's place for a name that nobody has; None where that name is refused at once."""
    return method.of_nobody() if isinstance(method, AsksUnproved) else None


def factors_of(name: str, options: ProfileOptions) -> tuple[str, ...]:
    """What a profile asks for, in order: `password`, other profiles by name, and itself."""
    if options.method == PASSWORD:
        return (PASSWORD,)
    return (*options.passed_first, name)


def behaviour_of(client: ClientSettings) -> Behaviour:
    """What of a client's settings the engine follows."""
    shown = client.challenge
    challenges = ANY if shown is True else int(shown)
    return Behaviour(client.on_outage == "discard", challenges, client.max_held, holds=not client.one_at_a_time)


def behaviours_of(settings: Settings) -> dict[str, Behaviour]:
    """By the client's name. A page shows any number of questions, and waits."""
    of_clients = {name: behaviour_of(client) for name, client in settings.clients.items()}
    return {PAGES: OF_PAGES, **of_clients} if settings.administration.application else of_clients


def engine_of(
    settings: Settings,
    lasting: Lasting,
    directories: Mapping[str, Directory],
    keys: Sequence[bytes],
    dictionary: Dictionary,
) -> Engine:
    """The login engine of these settings."""
    tools = tools_of(settings, lasting.store, directories, keys, lasting.enrolled)
    return Engine(
        lasting,
        applications={name: application_of(settings, name, tools, dictionary) for name in settings.applications},
        behaviours=behaviours_of(settings),
        texts=tools.texts,
        keys=Keys(*(derived(keys, purpose) for purpose in (b"states", b"records"))),
        login_timeout=settings.security.login_timeout.total_seconds(),
        tells=dict(_tell_of_failures(settings, tools)),
    )


def _tell_of_failures(settings: Settings, tools: Tools) -> Iterator[tuple[str, Failures]]:
    """The profiles that have somebody told of sign-ins that failed."""
    for name, options in settings.profiles.items():
        method: object = method_of(settings, name, options, tools) if name not in settings.closed else None
        if isinstance(method, TellsOfFailures) and method.failures is not None:
            yield name, method.failures


def dictionary_of(settings: Settings) -> Dictionary:
    """The shipped dictionaries and the administrator's."""
    return Dictionary.shipped(settings.dictionaries)


def clients_of(
    settings: Settings, dictionary: Dictionary, counts: Counts, learned: frozenset[str], learning: Learning
) -> Clients:
    """The clients of these settings. `learned` are those seen to send Message-Authenticator."""
    networks: list[tuple[IPv4Network | IPv6Network, Client]] = []
    for name, options in settings.clients.items():
        if options.secret is None:
            continue
        automatic = options.message_authenticator == "auto"
        client = Client(
            name=name,
            application=options.application,
            secret=options.secret.reveal().encode(),
            requires_message_authenticator=options.message_authenticator == "required"
            or (automatic and name in learned),
            learns=automatic and name not in learned,
            limit_proxy_state=options.limit_proxy_state,
            hold=None if options.hold is None else options.hold.total_seconds(),
            learner=learning.of(name),
            stations=[(*dictionary.number(name), dictionary.reader(name)) for name in options.station],
            encodings=options.password_encoding,
            status_server=options.status_server,
            silent_on_outage=options.on_outage == "discard",
            counts=counts.client(name),
        )
        networks += [(network, client) for network in options.address]
    return Clients(networks)
