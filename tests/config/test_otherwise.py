"""What `radiusd check` says of profiles that stand in for others (`otherwise`)."""

from __future__ import annotations

import pytest

from tests.config.test_choosing import YAML as MENUS
from tests.config.writing import faults_of, warnings_of

YAML = MENUS.replace(", choose: {choose}", "").replace(
    "{text}}}", "{text}}}\n  far: {{method: sms_otp, directories: [corp], sms_gateways: [gate]}}"
).replace("local: {{type: local}}", 'local: {{type: local}}\n  corp: {{type: ldap, urls: "ldaps://dc1.example.com", base_dn: "dc=example,dc=com"}}')  # fmt: skip
GIVEN = {"client": "", "code": "", "text": "", "first": "password", "profiles": "code, text, boss, far"}


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ("sms", "unknown profile `sms`"),
        ("code", "`code` can not stand in for itself; write another profile"),
        ("boss", "`boss` is a profile of approved_otp, and sends no codes; write one that does"),
        ("far", "`far` lacks the directory `local` of this profile, whose users it has nothing of; add it there"),
    ],
)
def test_what_can_not_stand_in(tmp_path, other, told):
    [fault] = faults_of(tmp_path, YAML.format(**GIVEN | {"code": f", otherwise: {other}"}))
    assert told in fault


def test_two_may_stand_in_for_each_other(tmp_path):
    text = YAML.format(**GIVEN | {"code": ", otherwise: text", "text": ", otherwise: code"})
    assert faults_of(tmp_path, text) == []
    assert [each for each in warnings_of(tmp_path, text) if "otherwise" in each or "stand" in each] == []


def test_one_that_has_the_same_carriers_changes_nothing(tmp_path):
    text = YAML.format(**GIVEN | {"code": ", otherwise: mail"}).replace(
        "  text:", "  mail: {method: mail_otp, directories: [local], mail_servers: [post]}\n  text:"
    )
    [told] = [each for each in warnings_of(tmp_path, text) if "`code` has itself" in each]
    assert told.endswith("where one is down the other is; write a profile with others")


def test_where_nothing_is_proved_before_it_never_goes_otherwise(tmp_path):
    text = YAML.format(**GIVEN | {"code": ", otherwise: text", "first": "code"})
    [told] = [each for each in warnings_of(tmp_path, text) if "goes otherwise" in each]
    assert "write `password` first in its `methods`" in told
    text = YAML.format(**GIVEN | {"code": ", otherwise: text", "first": "password, code"})
    assert [each for each in warnings_of(tmp_path, text) if "goes otherwise" in each] == []


def test_it_is_used_somewhere(tmp_path):
    text = YAML.format(**GIVEN | {"code": ", otherwise: text", "profiles": "code, boss, far"})
    assert [each for each in warnings_of(tmp_path, text) if "`text` is used nowhere" in each] == []
