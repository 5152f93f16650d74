"""Warnings: what works as written and is yet not what one should want."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import ip_network

from config.checks import asking, choosing, files, otherwise, pages, replies, unmeant, unproved, unreachable, waiting
from config.checks.draft import Draft
from config.faults import Fault
from config.models.addresses import Network, loopback
from config.models.options import TypedOptions
from config.models.rules import expression_of, framed
from config.models.values import Listener
from config.settings import Settings
from config.yaml.nodes import Key

SHORT_SECRET = 12  # characters; those up to here were guessed by trying (RFC 2865 section 3 asks for 16)
LONG_SECRET = 48  # some NASes cut off what is longer, and say nothing
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1"))


def warnings_of(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Everything that is not advisable, in no order."""
    for check in (
        *CHECKS,
        *unreachable.CHECKS,
        *waiting.CHECKS,
        *asking.CHECKS,
        *choosing.CHECKS,
        *otherwise.WARNINGS,
        *unmeant.CHECKS,
        *pages.CHECKS,
        *unproved.CHECKS,
        *files.WARNINGS,
        *replies.WARNINGS,
    ):
        yield from check(draft, settings)


def _clients(draft: Draft, settings: Settings) -> Iterator[Fault]:
    if not settings.clients:
        yield draft.key("`clients` has no client: every packet will be dropped", "clients")
    for name, client in settings.clients.items():
        here = ("clients", name)
        if client.message_authenticator == "optional":
            told = "requests without Message-Authenticator are taken; `required` or `auto` keeps forged replies out"
            if not client.limit_proxy_state:
                told = (
                    "THIS NAS CAN BE FORGED (CVE-2024-3596): requests without Message-Authenticator are taken, and with "
                    "Proxy-State too; set `message_authenticator: required`, or at least `limit_proxy_state: true`"
                )
            yield draft.value(told, *here, "message_authenticator")
        for index, network in enumerate(client.address):
            if not network.prefixlen:
                told = f"{network} is everybody: anybody may try secrets; write the address of the NAS"
                yield draft.value(told, *here, "address", index)


def _secrets(draft: Draft, settings: Settings) -> Iterator[Fault]:
    known: dict[str, str] = {}
    for name, client in settings.clients.items():
        if client.secret is None:
            continue
        at, secret = ("clients", name, "secret"), client.secret.reveal()
        if len(secret) <= SHORT_SECRET:
            told = f"the secret has {SHORT_SECRET} characters or fewer; take 20 or more, random ones"
            yield draft.value(told, *at)
        if len(secret) > LONG_SECRET:
            yield draft.value(f"the secret has over {LONG_SECRET} characters; some NASes cut it off", *at)
        if client.address and all(_is_here(network) for network in client.address):
            continue  # whoever can pose as this machine can do worse
        first = known.setdefault(secret, name)
        if first != name:
            told = f"`{first}` has this secret too: who knows one of them can pose as the other; take another one"
            yield draft.value(told, *at)


def _reachable(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Clients whose packets no socket takes."""
    sockets = settings.listen.authentication
    has = ", ".join(str(socket) for socket in sockets) or "empty"
    ports = [socket.port for socket in sockets if socket.port]
    port = min(ports, default=1812)
    for name, client in settings.clients.items():
        lost = [n for n, network in enumerate(client.address) if not any(_takes(socket, network) for socket in sockets)]
        for index in lost:
            network = client.address[index]
            of = f"of `{name}`" if len(lost) == len(client.address) else f"from {network}"
            everywhere = f"0.0.0.0:{port}" if network.version == 4 else f'"[::]:{port}"'
            told = f"no packet {of} can arrive: `listen.authentication` is {has}; add {everywhere} there"
            yield draft.value(told, "clients", name, "address", index)


def _takes(socket: Listener, network: Network) -> bool:
    if socket.address.version != network.version:
        return False
    return not socket.address.is_loopback or _is_here(network)


def _is_here(network: Network) -> bool:
    return any(each.version == network.version and network.overlaps(each) for each in LOOPBACK)


def _entries(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """What directories, senders and profiles say of themselves."""
    sections: Mapping[str, Mapping[str, TypedOptions]] = {
        "directories": settings.directories,
        "mail_servers": settings.mail_servers,
        "sms_gateways": settings.sms_gateways,
    }
    for section, entries in sections.items():
        for name, entry in entries.items():
            for told, at in entry.advice():
                yield draft.value(told, section, name, *at) if at else draft.key(told, section, name)
    for name, profile in settings.profiles.items():
        gateways = [settings.sms_gateways[each] for each in profile.carriers.get("sms_gateways", ())]
        for told, at in profile.advice(gateways):
            yield draft.value(told, "profiles", name, *at)


def _listen(draft: Draft, settings: Settings) -> Iterator[Fault]:
    for name in ("authentication", "accounting", "radsec", "web", "internal", "health"):
        for index, socket in enumerate(getattr(settings.listen, name)):
            if not socket.port:
                yield draft.value("port 0: another port at each start; write one", "listen", name, index)
    for index, socket in enumerate(settings.listen.web):
        if not settings.listen.internal and not socket.address.is_loopback:
            told = "/metrics and /readyz are open to whoever opens a link; write `internal: [127.0.0.1:8081]`"
            yield draft.value(told, "listen", "web", index)


def _links(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """Links that nobody can open."""
    listed = {name for application in settings.applications.values() for name in application.profiles}
    url = settings.public_url
    if url is None or not any(settings.profiles[name].sends_links for name in listed):
        return
    networks = [network for client in settings.clients.values() for network in client.address]
    if loopback(url) and not all(_is_here(network) for network in networks):
        told = "links lead to this machine, where approvers are not; write the https:// address that they can open"
        yield draft.value(told, "public_url")
    if url.startswith("https:") and settings.listen.web and not (settings.tls.web or settings.trusted_proxies):
        told = (
            "the proxy before `web` is in no `trusted_proxies`: whoever opens links is taken for that proxy, and one who"
            " guesses links spoils it for all; write `trusted_proxies: [127.0.0.1]` where it runs on this machine"
        )
        yield draft.value(told, "public_url")


def _blocking(draft: Draft, settings: Settings) -> Iterator[Fault]:
    blocking = settings.blocking
    if not blocking.enabled:
        yield draft.value("passwords and codes can be tried without end; write `enabled: true`", "blocking", "enabled")
    most = max(blocking.failed_attempts.password, blocking.failed_attempts.code)
    if blocking.user_limit < most:
        told = (
            f"is below `failed_attempts`: a user is blocked from everywhere before one station is; write {most} or more"
        )
        yield draft.value(f"`user_limit` {told}", "blocking", "user_limit")


def _security(draft: Draft, settings: Settings) -> Iterator[Fault]:
    if not settings.security.reject_delay:
        told = "how fast a refusal comes tells who exists, is blocked or disabled; write `reject_delay: 1s`"
        yield draft.value(told, "security", "reject_delay")


def _framed(draft: Draft, settings: Settings) -> Iterator[Fault]:
    """One Framed-IP-Address for several users."""
    told = (
        "everybody {who} gets this address; give users their own (`radiusd user edit USER --framed-ip-address`), or let"
        " the NAS choose: 255.255.255.254"
    )
    known: dict[str, tuple[str, str, int]] = {}
    for name, application in settings.applications.items():
        here: tuple[Key, ...] = ("applications", name)
        for key, _address in framed(application.reply):
            yield draft.value(told.format(who="without an own one"), *here, "reply", key)
        for index, rule in enumerate(application.reply_rules):
            at = (*here, "reply_rules", index, "reply")
            only = rule.values[0]
            one = rule.attribute == "username" and len(rule.values) == 1 and "*" not in only and not expression_of(only)
            for key, address in framed(rule.reply):
                if not one:
                    yield draft.value(told.format(who="whom this rule means"), *at, key)
                    continue
                place = draft.value("", *at, key)
                first = known.setdefault(address, (rule.directory, only.casefold(), place.line))
                if first[:2] != (rule.directory, only.casefold()):
                    twice = f"{address} is `{first[1]}`'s already (line {first[2]}); give each user another one"
                    yield place._replace(message=twice)


CHECKS: Sequence[Callable[[Draft, Settings], Iterator[Fault]]] = (
    _clients,
    _secrets,
    _reachable,
    _entries,
    _listen,
    _links,
    _blocking,
    _security,
    _framed,
)
