"""Warnings: what works as written and is yet not what one should want."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from config.draft import Draft
from config.faults import Fault
from config.settings import Settings

SHORT_SECRET = 12  # characters; those up to here were guessed by trying (RFC 2865 section 3 asks for 16)
LONG_SECRET = 48  # some NASes cut off what is longer, and say nothing
SHORT_HOLD = timedelta(seconds=5)


def warnings_of(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Everything that is not advisable, in no order."""
    for check in CHECKS:
        yield from check(draft, settings)


def _clients(draft: Draft, settings: Settings) -> Iterator[Fault]:
    if not settings.clients:
        yield draft.key("`clients` has no client: every packet will be dropped", "clients")
    for name, client in settings.clients.items():
        here = ("clients", name)
        length = len(client.secret.reveal()) if client.secret is not None else None
        if length is not None and length <= SHORT_SECRET:
            yield draft.value(
                f"the secret has {SHORT_SECRET} characters or fewer; take 20 or more, random ones", *here, "secret"
            )
        if length is not None and length > LONG_SECRET:
            yield draft.value(f"the secret has over {LONG_SECRET} characters; some NASes cut it off", *here, "secret")
        if client.message_authenticator == "optional":
            told = "requests without Message-Authenticator are taken; `required` or `auto` keeps forged replies out"
            if not client.limit_proxy_state:
                told = (
                    "THIS NAS CAN BE FORGED (CVE-2024-3596): requests without Message-Authenticator are taken, and with "
                    "Proxy-State too; set `message_authenticator: required`, or at least `limit_proxy_state: true`"
                )
            yield draft.value(told, *here, "message_authenticator")
        if client.hold is not None and client.hold < SHORT_HOLD:
            yield draft.value("a `hold` under 5s leaves little time to ask a directory", *here, "hold")


def _patience(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """A NAS that gives up before what its logins wait for."""
    for name, client in settings.clients.items():
        application = settings.applications[client.application]
        if client.hold is None:
            continue
        for profile_name in application.profiles:
            profile = settings.profiles[profile_name]
            sending = getattr(profile, "send_within", None)
            waiting = getattr(profile, "link_validity", None)
            asked = getattr(profile, "type", "") != "manager_information"
            if sending is not None and client.hold - timedelta(seconds=2) < sending:
                told = f"`hold` is shorter than the `send_within` of profile `{profile_name}` and 2s more"
                yield draft.value(told, "clients", name, "hold")
            if waiting is not None and asked and client.challenge is False and client.hold < waiting:
                told = f"this NAS gives up before the links of profile `{profile_name}` end, and shows no challenge between"
                yield draft.value(told, "clients", name, "hold")


def _directories(draft: Draft, settings: Settings) -> Iterator[Fault]:
    for name, directory in settings.directories.items():
        for index, url in enumerate(getattr(directory, "urls", ())):
            if url.startswith("ldap:") and not getattr(directory, "start_tls", False):
                told = "passwords go to this server in clear text: write ldaps://, or `start_tls: true`"
                yield draft.value(told, "directories", name, "urls", index)


def _senders(draft: Draft, settings: Settings) -> Iterator[Fault]:
    for name, server in settings.mail_servers.items():
        if getattr(server, "encryption", "") == "none":
            yield draft.value("mails with codes and links go in clear text", "mail_servers", name, "encryption")
    for name, gateway in settings.sms_gateways.items():
        if getattr(gateway, "url", "").startswith("http:"):
            yield draft.value("messages with codes and links go in clear text", "sms_gateways", name, "url")


def _recipients(draft: Draft, settings: Settings) -> Iterator[Fault]:
    for name, profile in settings.profiles.items():
        if getattr(profile, "type", "") == "user_approval":
            continue
        if hasattr(profile, "default_recipient") and profile.default_recipient is None:
            told = f"`{name}` has no `default_recipient`: who has no manager can not sign in"
            yield draft.key(told, "profiles", name)


def _unused(draft: Draft, settings: Settings) -> Iterator[Fault]:
    profiles = settings.profiles.values()
    used: dict[str, set[str]] = {
        "applications": {client.application for client in settings.clients.values()},
        "profiles": {name for application in settings.applications.values() for name in application.profiles},
        "directories": {name for profile in profiles for name in profile.directories},
        "mail_servers": {name for profile in profiles for name in getattr(profile, "mail_servers", ())},
        "sms_gateways": {name for profile in profiles for name in getattr(profile, "sms_gateways", ())},
    }
    used["applications"].add(settings.administration.application or "")
    used["profiles"].update(name for profile in profiles for name in getattr(profile, "methods", ()))
    for section, names in used.items():
        for name in getattr(settings, section):
            if name not in names:
                yield draft.key(f"`{name}` is used nowhere", section, name)


def _policies(draft: Draft, settings: Settings) -> Iterator[Fault]:
    listed = {name for application in settings.applications.values() for name in application.profiles}
    for index, policy in enumerate(settings.policies):
        if policy.profile not in listed:
            told = f"profile `{policy.profile}` is in no application: this rule is never read"
            yield draft.value(told, "policies", index, "profile")


def _listen(draft: Draft, settings: Settings) -> Iterator[Fault]:
    for name in ("authentication", "accounting", "radsec", "web", "internal"):
        for index, socket in enumerate(getattr(settings.listen, name)):
            if not socket.port:
                yield draft.value("port 0: another port at each start", "listen", name, index)


CHECKS: Sequence[Callable[[Draft, Settings], Iterator[Fault]]] = (
    _clients,
    _patience,
    _directories,
    _senders,
    _recipients,
    _unused,
    _policies,
    _listen,
)
