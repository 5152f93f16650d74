"""What methods may call and must know, of the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from config.models.options import Titled
from config.models.rules import AutomaticMatch, Match
from config.settings import Settings
from radiusd.directories import Directory
from radiusd.enrollment.destinations import of_mail, of_mobile
from radiusd.enrollment.enrolled import Enrolled
from radiusd.handlers import Tools
from radiusd.process.key_file import derived, sealing
from radiusd.rules.conditions import Condition
from radiusd.rules.texts import Texts
from radiusd.rules.titles import Titles
from store import Store


def tools_of(
    settings: Settings,
    store: Store,
    directories: Mapping[str, Directory],
    keys: Sequence[bytes],
    enrolled: Enrolled,
) -> Tools:
    """What the methods may call and must know."""
    home, automatic = settings.phone_country or "", conditions_of(settings.enrollment.automatic)
    texts = Texts(settings.texts, settings.language)
    return Tools(
        directories=directories,
        store=store,
        keys=derived(keys, b"codes and links"),
        sealing=sealing(keys),
        texts=texts,
        public_url=settings.public_url or "",
        phone_country=home,
        countries=countries_of(settings),
        time_zone=settings.time_zone or datetime.now().astimezone().tzinfo or UTC,
        titles=Titles(
            texts,
            settings.organisation.name or "",
            titled(settings.applications),
            titled(settings.clients),
            titled(settings.profiles),
        ),
        mail=of_mail(enrolled.addresses, automatic),
        mobile=of_mobile(enrolled.addresses, automatic, home, countries_of(settings)),
        passwords=settings.security.passwords,
        mail_servers=tuple(settings.mail_servers),
        authenticators=enrolled.apps,
    )


def countries_of(settings: Settings) -> tuple[str, ...]:
    """Where SMS may go; empty: anywhere."""
    return settings.enrollment.countries or ((settings.phone_country,) if settings.phone_country else ())


def conditions_of(rules: Sequence[Match | AutomaticMatch] | None) -> tuple[Condition, ...] | None:
    """Whom such rules mean; None where none are written."""
    if rules is None:
        return None
    return tuple(Condition(rule.directory, rule.attribute or "", rule.values) for rule in rules)


def titled(entries: Mapping[str, Titled]) -> Mapping[str, Mapping[str, str]]:
    """The titles of those that have one."""
    return {name: entry.title for name, entry in entries.items() if entry.title}
