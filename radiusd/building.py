"""From settings to the parts that serve: wiring alone, nothing is started here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network

from config.settings import Settings
from radiusd.directories import Directory
from radiusd.directories.ldap import Ldap
from radiusd.directories.ldap_options import LdapOptions
from radiusd.directories.local import Local, LocalOptions
from radiusd.handlers import KINDS as METHODS
from radiusd.handlers import Method, Tools
from radiusd.hashing import HashQueue
from radiusd.login.applications import Application
from radiusd.login.conversation import Behaviour, Conversation
from radiusd.login.identities import Identities
from radiusd.login.standing import Standing
from radiusd.metrics import Counts
from radiusd.radius.attributes import Dictionary
from radiusd.radius.clients import Client, Clients
from radiusd.rules.blocking import Limits
from radiusd.rules.conditions import Condition
from radiusd.rules.policy import Offer, Policy, Rule
from radiusd.rules.reply_rules import ReplyRule, ReplyRules
from radiusd.texts import Texts
from store import Store

HOLD = 10.0  # seconds a NAS is taken to wait while its own time-out is not known


def derived(key: bytes, purpose: bytes) -> bytes:
    """A key for one purpose, of a key in `key_file`."""
    return hashlib.blake2b(key=key, person=purpose, digest_size=32).digest()


def wanted_attributes(settings: Settings, directory: str) -> frozenset[str]:
    """The attributes of a directory that policies and reply rules ask for."""
    rules = [
        *settings.policies,
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
        """Every directory of the settings. What is new is not started yet."""
        made: dict[str, tuple[object, Directory]] = {}
        for name, options in settings.directories.items():
            wanted = wanted_attributes(settings, name)
            recipe = (options, wanted, settings.security.password_cache)
            kept = self._made.get(name)
            if kept is not None and kept[0] == recipe:
                made[name] = kept
                continue
            if isinstance(options, LocalOptions):
                local = Local(
                    name,
                    options,
                    self._store,
                    self._hashes,
                    password_cache=settings.security.password_cache,
                    demo=self._demo,
                )
                made[name] = (recipe, local)
            elif isinstance(options, LdapOptions):
                made[name] = (recipe, Ldap(name, options, wanted))
        self._made = made
        return {name: directory for name, (_recipe, directory) in made.items()}


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


def tools_of(settings: Settings, store: Store, directories: Mapping[str, Directory], key: bytes) -> Tools:
    """What the methods may call and must know."""
    countries = settings.enrollment.countries or ((settings.phone_country,) if settings.phone_country else ())
    return Tools(
        directories=directories,
        store=store,
        key=derived(key, b"codes and links"),
        texts=Texts(settings.texts, settings.language),
        public_url=settings.public_url or "",
        phone_country=settings.phone_country or "",
        countries=countries,
        time_zone=settings.time_zone or datetime.now().astimezone().tzinfo or UTC,
    )


def application_of(settings: Settings, name: str, tools: Tools) -> Application:
    """One application: its policy, its reply rules and the methods of its profiles."""
    chosen = settings.applications[name]
    profiles = {profile: settings.profiles[profile] for profile in chosen.profiles}
    rules = [
        Rule(rule.profile, Condition(rule.directory, rule.attribute or "", rule.values), rule.required)
        for rule in settings.policies
    ]
    offers = {profile: Offer(options.method, options.directories) for profile, options in profiles.items()}
    policy = Policy(name, offers, rules, settings.closed, chosen.choose)
    reply_rules = ReplyRules(
        chosen.reply,
        [
            ReplyRule(Condition(rule.directory, rule.attribute or "", rule.values), rule.reply)
            for rule in chosen.reply_rules
        ],
    )
    methods: dict[str, tuple[tuple[str, ...], Mapping[str, Method]]] = {}
    for profile, options in profiles.items():
        kind = METHODS[options.method]
        if kind.active:
            methods[profile] = ((options.method,), {options.method: kind.make(options, tools)})
    mentioned = dict.fromkeys(directory for options in profiles.values() for directory in options.directories)
    return Application(name, [tools.directories[each] for each in mentioned], policy, reply_rules, methods)


def engine_of(
    settings: Settings,
    *,
    store: Store,
    directories: Mapping[str, Directory],
    identities: Identities,
    standing: Standing,
    key: bytes,
    clock: Callable[[], float],
) -> Conversation:
    """The login engine of these settings."""
    tools = tools_of(settings, store, directories, key)
    return Conversation(
        store=store,
        applications={name: application_of(settings, name, tools) for name in settings.applications},
        clients={name: Behaviour(client.on_outage == "discard") for name, client in settings.clients.items()},
        identities=identities,
        standing=standing,
        texts=tools.texts,
        digest_key=derived(key, b"failures"),
        clock=clock,
    )


def dictionary_of(settings: Settings) -> Dictionary:
    """The shipped dictionaries and the administrator's."""
    return Dictionary.shipped(settings.dictionaries)


def clients_of(settings: Settings, dictionary: Dictionary, counts: Counts, learned: frozenset[str]) -> Clients:
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
            hold=HOLD if options.hold is None else options.hold.total_seconds(),
            stations=[(*dictionary.number(name), dictionary.reader(name)) for name in options.station],
            encodings=options.password_encoding,
            status_server=options.status_server,
            silent_on_outage=options.on_outage == "discard",
            counts=counts.client(name),
        )
        networks += [(network, client) for network in options.address]
    return Clients(networks)
