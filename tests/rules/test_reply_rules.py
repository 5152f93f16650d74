"""What an Access-Accept carries: the application's, the rules', the user's own."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

from radiusd.model.entry import Entry
from radiusd.rules.conditions import Condition
from radiusd.rules.reply_rules import ReplyRule, ReplyRules

ANN = Entry("corp", "1", "ann", attributes={"memberof": ("CN=Admins,OU=x", "CN=Staff,OU=x")})
BOB = Entry("corp", "2", "bob")
ADMINS = Condition("corp", "memberOf", ["CN=Admins,*"])
STAFF = Condition("corp", "memberOf", ["CN=Staff,*"])


def reply_rules(reply, rules):
    return ReplyRules(reply, rules, lambda name, values: f"{name}={','.join(values)};".encode())


def attributes(rules, entry):
    return dict(rules.reply(entry).attributes)


def test_the_applications_attributes_are_everybodys():
    rules = reply_rules({"Session-Timeout": ["28800"], "Class": ["one", "two"]}, [])
    assert rules.reply(BOB).attributes == (("Session-Timeout", ("28800",)), ("Class", ("one", "two")))


def test_a_rule_adds_for_whom_it_matches():
    rules = reply_rules({"Session-Timeout": ["28800"]}, [ReplyRule(ADMINS, {"Filter-Id": ["admins"]})])
    assert attributes(rules, ANN) == {"Session-Timeout": ("28800",), "Filter-Id": ("admins",)}
    assert attributes(rules, BOB) == {"Session-Timeout": ("28800",)}


def test_a_rule_replaces_the_applications_values_of_its_attributes():
    rules = reply_rules(
        {"Session-Timeout": ["28800"], "Class": ["all"]}, [ReplyRule(ADMINS, {"Class": ["OU=admins;"]})]
    )
    assert attributes(rules, ANN) == {"Session-Timeout": ("28800",), "Class": ("OU=admins;",)}
    assert attributes(rules, BOB)["Class"] == ("all",)


def test_two_rules_of_one_attribute_both_count():
    """Several values in the rules' order, each once (C16)."""
    rules = reply_rules(
        {"Class": ["all"]},
        [ReplyRule(ADMINS, {"Class": ["admins", "both"]}), ReplyRule(STAFF, {"Class": ["both", "staff"]})],
    )
    assert attributes(rules, ANN)["Class"] == ("admins", "both", "staff")


def test_the_users_own_framed_ip_address_wins():
    """S210."""
    rules = reply_rules(
        {"Framed-IP-Address": ["192.0.2.1"], "Class": ["all"]},
        [ReplyRule(ADMINS, {"Framed-IP-Address": ["192.0.2.2"]})],
    )
    own = replace(ANN, framed_ip_address=IPv4Address("10.1.2.3"))
    assert attributes(rules, own) == {"Framed-IP-Address": ("10.1.2.3",), "Class": ("all",)}
    assert attributes(rules, ANN)["Framed-IP-Address"] == ("192.0.2.2",)
    assert attributes(rules, BOB)["Framed-IP-Address"] == ("192.0.2.1",)


def test_users_with_the_same_attributes_share_one_reply():
    """The door encodes it once for all of them, and never one user's for another."""
    rules = reply_rules({"Class": ["all"]}, [ReplyRule(ADMINS, {"Filter-Id": ["admins"]})])
    assert rules.reply(BOB) is rules.reply(replace(BOB, unique_id="3"))
    assert rules.reply(ANN) is not rules.reply(BOB)
    own = replace(ANN, framed_ip_address=IPv4Address("10.1.2.3"))
    assert rules.reply(own) is not rules.reply(replace(own, framed_ip_address=IPv4Address("10.1.2.4")))
