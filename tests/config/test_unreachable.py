"""Rules and profiles that are never reached: where it is said, and where it would be wrong to say it."""

from __future__ import annotations

import pytest

from config.models.rules import covers
from tests.config.writing import warnings_of

HEAD = """\
clients:
  nas: {address: 192.0.2.1, secret: "a secret of twenty characters", application: vpn}
directories:
  local: {type: local}
  corp: {type: ldap, urls: "ldaps://dc1.example.com", base_dn: "dc=example,dc=com"}
mail_servers:
  post: {host: smtp.example.com, from_address: mfa@example.com}
profiles:
  plain: {method: password, directories: [local, corp]}
  code: {method: mail_otp, directories: [local, corp], mail_servers: [post]}
  other: {method: mail_otp, directories: [corp], mail_servers: [post]}
"""


def said(folder, profiles, *rules, choose="first"):
    """The beginnings of what is said of the application and of its rules."""
    policies = "".join(f"  - {{{rule}}}\n" for rule in rules)
    text = f"{HEAD}policies:\n{policies}applications:\n  vpn: {{profiles: [{profiles}], choose: {choose}}}\n"
    told = [line.partition(": ")[2] for line in warnings_of(folder, text)]
    return [line for line in told if "never reached" in line or "nobody gets" in line or "matches nobody" in line]


def rule(profile, values, attribute="memberOf", **more):
    keys = {"profile": profile, "directory": "corp", "attribute": attribute, "values": f"['{values}']", **more}
    return ", ".join(f"{key}: {value}" for key, value in keys.items())


REQUIRED = {"required": "true"}


@pytest.mark.parametrize(
    ("rules", "is_told"),
    [
        ([rule("code", "*"), rule("other", "cn=a,*")], True),
        ([rule("code", "cn=*"), rule("other", "cn=a,*")], True),
        ([rule("code", "CN=A,*"), rule("other", "cn=a,ou=b")], True),
        ([rule("code", "/cn=.*/"), rule("other", "cn=a,ou=b")], True),
        ([rule("code", "cn=a,*"), rule("other", "cn=*")], False),
        ([rule("code", "cn=a,*"), rule("other", "/cn=a,.*/")], False),
        ([rule("code", "*"), rule("plain", "cn=a,*")], False),  # of another method
        ([rule("code", "*", "mail"), rule("other", "cn=a,*")], False),
        ([rule("code", "*"), rule("other", "cn=a,*", **REQUIRED)], False),  # a required one is looked for all the same
        ([rule("code", "*", **REQUIRED), rule("plain", "cn=a,*")], True),
        ([rule("code", "*", **REQUIRED), rule("other", "cn=a,*", **REQUIRED)], True),
    ],
)
def test_a_rule_behind_another(tmp_path, rules, is_told):
    told = said(tmp_path, "code, other, plain", *rules)
    assert any(line.startswith("this rule is never reached") for line in told) is is_told


def test_only_where_every_application_that_reads_the_one_reads_the_other(tmp_path):
    assert said(tmp_path, "other, plain", rule("code", "*"), rule("other", "cn=a,*")) == []


@pytest.mark.parametrize(
    ("profiles", "rules", "told"),
    [
        ("plain, code", [], ["`plain` is open to everybody, so nobody gets `code` behind it; put `plain` last, or write a policy for it"]),
        ("code, plain", [], []),  # who has no address has the password
        ("plain, code", [rule("plain", "cn=a,*")], []),
        ("plain, code", [rule("code", "cn=a,*", **REQUIRED)], []),
        ("plain, code", [rule("code", "cn=a,*")], ["`plain` is open to everybody, so nobody gets `code` behind it; put `plain` last, or write a policy for it"]),
        ("code, other", [], ["nobody gets `other` here: mail_otp has no policy, so everybody gets its first profile, `code`; write policies, or take this one out"]),
        ("code, other", [rule("code", "cn=a,*"), rule("other", "cn=b,*")], []),
    ],
)  # fmt: skip
def test_a_profile_that_nobody_gets(tmp_path, profiles, rules, told):
    assert said(tmp_path, profiles, *rules) == told


def test_who_may_choose_gets_what_stands_behind_too(tmp_path):
    assert said(tmp_path, "plain, code", choose="ask") == []


@pytest.mark.parametrize("value", ["VPN", "CN=VPN", "VPN-*", "/CN=VPN/", "/CN=Ext-[0-9]+/"])
def test_no_dn(tmp_path, value):
    (told,) = said(tmp_path, "code, plain", rule("code", value))
    assert f"`{value}` matches nobody; write `" in told


@pytest.mark.parametrize(
    "value", ["*", "*VPN*", "CN=VPN,*", "cn=vpn,ou=a", "/CN=Ext-[0-9]+,.*/", "/.*VPN.*/", "/CN=[^x]+/", "/CN=[ -z]+/"]
)
def test_a_dn(tmp_path, value):
    assert said(tmp_path, "code, plain", rule("code", value)) == []
    assert said(tmp_path, "code, plain", rule("code", "VPN", "department")) == []


@pytest.mark.parametrize(
    ("pattern", "value", "is_covered"),
    [("a", "A", True), ("a*", "ab*", True), ("*b", "a*", False), ("a*c", "abc", True), ("a.c", "abc", False),
     ("/a.c/", "abc", True), ("/a.c/", "a*c", False), ("*", "/x/", True), ("a*", "/ab/", False), ("/x/", "/X/", True)],
)  # fmt: skip
def test_what_one_value_covers(pattern, value, is_covered):
    assert covers(pattern, value) is is_covered
