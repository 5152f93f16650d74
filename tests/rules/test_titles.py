"""What people read in place of names, each in their language (D28)."""

from __future__ import annotations

from datetime import UTC

import pytest

from radiusd.model.entry import Entry
from radiusd.rules.facts import facts
from radiusd.rules.texts import Texts
from radiusd.rules.titles import Titles

VPN = {"en": "Remote access", "tr": "Uzaktan erişim"}
TITLES = Titles(
    Texts({}, "tr"), "Example Ltd", {"vpn": VPN, "wifi": {"en": "Guest WiFi"}}, {"gateway": VPN}, {"code": VPN}
)
ANN = Entry("corp", "1", "ann")


def told(language, application="vpn", client="gateway", station="", profile="code"):
    called = TITLES.called(language)
    return facts(
        entry=ANN, application=application, profile=profile, client=client, station=station, at=0.0, time_zone=UTC,
        called=called,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "read"),
    [
        ("en", "Remote access"),
        ("en-GB", "Remote access"),
        ("tr_TR", "Uzaktan erişim"),
        ("", "Uzaktan erişim"),  # as the texts around it: in the default language
        ("de", "Uzaktan erişim"),
    ],
)
def test_in_the_language_of_the_texts_around_it(language, read):
    read_of = told(language)
    assert read_of["application"] == read_of["client"] == read_of["profile"] == read


def test_a_title_in_one_language_is_read_in_all():
    assert told("tr", "wifi")["application"] == "Guest WiFi"


def test_what_has_no_title_is_read_by_its_name():
    assert told("en", "mail", "fw-2") | {"time": ""} == told("en", "mail", "fw-2", "fw-2") | {"time": ""}
    assert (told("en", "mail")["application"], told("en", client="fw-2")["client"]) == ("mail", "fw-2")
    assert told("en", profile="sms-code")["profile"] == "sms-code"


def test_where_no_station_is_known_it_is_the_title_of_the_client():
    assert told("en")["station"] == "Remote access"
    assert told("en", station="192.0.2.77")["station"] == "192.0.2.77"


def test_titles_are_made_once_for_each_language():
    assert TITLES.called("en") is TITLES.called("en")


def test_the_organisation_is_told():
    assert told("en")["organisation"] == "Example Ltd"


def test_dates_are_written_as_the_language_does():
    assert told("en")["time"] == "1970-01-01 00:00 UTC"
    assert told("tr")["time"] == "01.01.1970 00:00 UTC"
