"""Further warnings about times, messages and limits, each with its opposite. The most frequent are in test_mistakes."""

from __future__ import annotations

import pytest

from tests.config.test_mistakes import CODES
from tests.config.writing import changed, warnings_of

NAS = "application: vpn}"
BOSS = "default_recipient: it@example.com"
LDAP = 'urls: "ldaps://dc1.example.com"'
TWO = "urls: [ldaps://dc1.example.com, ldaps://dc2.example.com]"
TEXT = "sms_gateways: [gate]}"
FIRST = "public_url: https://mfa.example.com\n"
SMS = "delivery: sms, sms_gateways: [gate], "
HTTP = """{type: http, url: "https://sms.example.com", json: {to: "{{ recipient }}", text: "{{ message }}"}}"""
SMPP = "{type: smpp, host: smpp.example.com, source_address: EXAMPLE, tls: true, system_id: radius, password: hushhush"
TURKISH = '"Oturum açma kodunuz şudur: {{ code }} ({{ application }}). Lütfen hiç kimseyle paylaşmayın!"'

CASES = {
    "a proxy for the links that is not named": (
        {"trusted_proxies: [127.0.0.1]\n": ""},
        {"trusted_proxies: [127.0.0.1]\n": "trusted_proxies: [192.0.2.80]\n"},
        "1:13: the proxy before `web` is in no `trusted_proxies`: whoever opens links is taken for that proxy, and one who guesses links spoils it for all; write `trusted_proxies: [127.0.0.1]` where it runs on this machine",
    ),
    "a code that needs longer than an unlearned NAS is given": (
        {TEXT: "sms_gateways: [gate], send_within: 20s}"},
        {TEXT: "sms_gateways: [gate], send_within: 5s}"},
        "15:90: until it is learned how long a NAS waits, a code must leave within 8s; write that, or `hold: 22s` for the clients, and set it on the NASes",
    ),
    "a directory whose first server takes all the time": (
        {LDAP: TWO + ", timeout: 20s", NAS: "application: vpn, hold: 20s}"},
        {LDAP: TWO + ", timeout: 5s", NAS: "application: vpn, hold: 20s}"},
        "4:94: `timeout` of directory `corp` is 20s: where its first server hangs, this NAS gives up before the next is asked; write `timeout: 10s` there, or let the NAS wait longer",
    ),
    "a way to groups that takes long": (  # X51
        {LDAP: f"{LDAP}, nested_groups: in_chain"},
        {LDAP: f"{LDAP}, nested_groups: auto"},
        "8:70: each sign-in searches all groups, which takes a large directory a second and more; `auto` asks it for the user's own list",
    ),
    "a refusal that nobody waits for": (
        {NAS: "application: vpn, hold: 10s}", FIRST: FIRST + "security: {reject_delay: 8s}\n"},
        {NAS: "application: vpn, hold: 10s}", FIRST: FIRST + "security: {reject_delay: 2s}\n"},
        "5:94: `reject_delay` of `security` is 8s: this NAS gives up before it is refused; write a shorter one",
    ),
    "a fresh code that comes too late to be asked for": (
        {TEXT: "sms_gateways: [gate], validity: 2m, resend_after: 2m}"},
        {TEXT: "sms_gateways: [gate], validity: 2m, resend_after: 30s}"},
        "15:105: the code is over before a fresh one may be asked for; write less than 2m",
    ),
    "a code that is over before it arrives": (
        {TEXT: "sms_gateways: [gate], validity: 40s}"},
        {TEXT: "sms_gateways: [gate], validity: 60s}"},
        "15:87: a message may take a minute to arrive; write 5m or more",
    ),
    "a NAS that serves nobody else while somebody decides": (
        {NAS: "application: vpn, hold: 15s, one_at_a_time: true}"},
        {NAS: "application: vpn, hold: 15s}"},
        "4:114: this NAS serves nobody else while it waits, so no request is held for profile `boss`: users are asked to come again until somebody has decided",
    ),
    "such a NAS that can not show that either": (
        {NAS: "application: vpn, hold: 15s, challenge: false, one_at_a_time: true}"},
        {NAS: "application: vpn, hold: 60s, challenge: false}"},
        "4:132: this NAS serves nobody else while it waits, so no request is held for profile `boss`: users are refused, and an approval counts for a try within 5m of it",
    ),
    "such a NAS where a late approval counts for nothing": (
        {NAS: "application: vpn, hold: 15s, challenge: false, one_at_a_time: true}", BOSS: f"late_approval: 0s, {BOSS}"},
        {NAS: "application: vpn, hold: 60s, challenge: false}"},
        "16:97: client `nas` waits for no decision: an approval never lets anybody in; write `late_approval: 5m`",
    ),
    "a number that is confirmed on a NAS that shows none": (
        {NAS: "application: vpn, hold: 60s, challenge: false}", BOSS: f"confirm: number, {BOSS}"},
        {NAS: "application: vpn, hold: 60s}", BOSS: f"confirm: number, {BOSS}"},
        "4:110: profile `boss` has `confirm: number`, and this client can not show the number; write `confirm: button` there",
    ),
    "more approvers wanted than there are": (
        {BOSS: f"quorum: 2, {BOSS}"},
        {BOSS: f"quorum: 2, approvers: [manager, it@example.org], {BOSS}"},
        "16:90: 2 must approve, and `approvers` has 1: nobody ever gets in; write more approvers, or less here",
    ),
    "an approver abroad": (
        {"mail_servers: [post], " + BOSS: SMS + 'default_recipient: "+4915112345678"'},
        {"mail_servers: [post], " + BOSS: SMS + 'default_recipient: "0555 444 33 22"'},
        "16:116: `+4915112345678` is of DE, and SMS goes to TR alone (`enrollment.countries`)",
    ),
    "an address for SMS": (
        {"mail_servers: [post], " + BOSS: SMS + BOSS},
        {"mail_servers: [post], " + BOSS: SMS + 'default_recipient: "+905554443322"'},
        "16:116: `it@example.com` is an address, and messages go by SMS; write a number, or `delivery: mail`",
    ),
    "numbers of a country that SMS does not go to": (
        {FIRST: FIRST + "enrollment: {countries: [DE]}\n"},
        {FIRST: FIRST + "enrollment: {countries: [DE, TR]}\n"},
        "2:25: numbers are read as of TR, and SMS does not go there; add TR, or change `phone_country`",
    ),
    "nobody has a manager": (
        {LDAP: LDAP + ", attributes: {manager: null}"},
        {LDAP: LDAP + ", attributes: {manager: secretary}"},
        "8:77: profile `boss` needs the manager of a user of `corp`; write the attribute that holds it",
    ),
    "a way of delivery that is not the one": (
        {BOSS: f"sms_gateways: [gate], {BOSS}"},
        {BOSS: f"sms_gateways: [], {BOSS}"},
        "16:82: `sms_gateways` has no effect: messages go by mail (`delivery`); remove it",
    ),
    "a link that is not in its message": (
        {BOSS: f'message: "Decide: {{{{ user.username }}}}", {BOSS}'},
        {BOSS: f'message: "Decide: {{{{ link }}}}", {BOSS}'},
        "16:91: this message has no link: nobody can sign in by it; write {{ link }} in it",
    ),
    "no blocking": (
        {FIRST: FIRST + "blocking: {enabled: false}\n"},
        {FIRST: FIRST + "blocking: {enabled: true}\n"},
        "2:21: passwords and codes can be tried without end; write `enabled: true`",
    ),
    "a user who is blocked before a station is": (
        {FIRST: FIRST + "blocking: {failed_attempts: 60}\n"},
        {FIRST: FIRST + "blocking: {failed_attempts: 50}\n"},
        "2:11: `user_limit` is below `failed_attempts`: a user is blocked from everywhere before one station is; write 60 or more",
    ),
    "a port that begins in clear text": (
        {"host: smtp.example.com": "host: smtp.example.com, encryption: tls"},
        {"host: smtp.example.com": "host: smtp.example.com, encryption: tls, port: 465"},
        "10:9: port 587 begins in clear text; write `encryption: starttls`, or `port: 465`",
    ),
    "an SMS of several parts": (
        {TEXT: 'sms_gateways: [gate], message: {en: "{{ code }}", tr: "Oturum açma kodunuz şudur: {{ code }} ({{ application }}). Lütfen hiç kimseyle paylaşmayın!"}}'},
        {TEXT: 'sms_gateways: [gate], message: {en: "{{ code }}", tr: "Oturum açma kodunuz şudur: {{ code }} ({{ application }})."}}'},
        "15:109: takes 2 messages, each paid for: one has 70 characters, since GSM's alphabet has no `ç`; write a shorter text",
    ),
    "an SMS with a link, of several parts": (
        {f"mail_servers: [post], {BOSS}": SMS + 'message: "{{ user.display_name }} asks to sign in to {{ application }} from {{ station }} and waits for you to decide about it: {{ link }}, until {{ until }}.", ' + BOSS.replace("it@example.com", '"+905554443322"')},
        {f"mail_servers: [post], {BOSS}": SMS + 'message: "{{ user.display_name }} asks to sign in to {{ application }}: {{ link }}, until {{ until }}.", ' + BOSS.replace("it@example.com", '"+905554443322"')},
        "16:106: takes 2 messages, each paid for: one has 160 characters; write a shorter text",
    ),
    "a Turkish SMS by a gateway that has Turkish in GSM's alphabet": (
        {HTTP: SMPP + "}", TEXT: f"sms_gateways: [gate], message: {TURKISH}}}"},
        {HTTP: SMPP + ", alphabet: gsm_turkish}", TEXT: f"sms_gateways: [gate], message: {TURKISH}}}"},
        "15:86: takes 2 messages, each paid for: one has 70 characters, since GSM's alphabet has no `ç`; write a shorter text",
    ),
    "SMPP in clear text": (
        {HTTP: SMPP.replace("true", "false") + "}"},
        {HTTP: SMPP + "}"},
        "12:76: password, codes and links go in clear text; write `tls: true`, or reach it by a tunnel",
    ),
    "SMPP in clear text, by default": (
        {HTTP: SMPP.replace(", tls: true", "") + "}"},
        {HTTP: SMPP + "}"},
        "12:3: password, codes and links go in clear text; write `tls: true`, or reach it by a tunnel",
    ),
    "a NAS that can not ask for a new password": (
        {LDAP: LDAP + ", change_password: true, bind_dn: cn=r, bind_password: hush", NAS: "application: vpn, challenge: 1}"},
        {LDAP: LDAP + ", change_password: true, bind_dn: cn=r, bind_password: hush", NAS: "application: vpn, challenge: 2}"},
        "4:99: who must change the password (`change_password` of `corp`) can not do it here: that takes two Challenges",
    ),
    "new passwords that nobody can ask Active Directory for": (
        {LDAP: LDAP + ", change_password: true"},
        {LDAP: LDAP + ", change_password: true, bind_dn: cn=r, bind_password: hush"},
        "8:72: Active Directory takes a new password in the place of one that has expired from somebody who is bound alone; write `bind_dn`",
    ),
    "an IPv6 client without a listener": (
        {"192.0.2.1,": '"2001:db8::1",', FIRST: FIRST + "listen: {authentication: 0.0.0.0:1812}\n"},
        {"192.0.2.1,": '"2001:db8::1",'},
        '5:18: no packet of `nas` can arrive: `listen.authentication` is 0.0.0.0:1812; add "[::]:1812" there',
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_with_its_opposite(tmp_path, case):
    wrong, right, told = CASES[case]
    assert active(tmp_path, changed(CODES, wrong)) == [told]
    assert active(tmp_path, changed(CODES, right)) == []


def active(folder, text):
    """What is said but for what nothing acts on yet."""
    return [line for line in warnings_of(folder, text) if "not active yet" not in line]
