"""Errors of meaning (`radiusd check`, exit 2): well written and yet not to be meant."""

from __future__ import annotations

import pytest

from tests.config.writing import SMALL, changed, faults_of

SENDING = """\
public_url: https://mfa.example.com
mail_servers:
  post: {host: smtp.example.com, from_address: mfa@example.com}
sms_gateways:
  gate: {type: http, url: "https://sms.example.com", body: "{{ message }}"}
directories:
  local: {type: local}
  corp: {type: ldap, urls: "ldaps://dc1.example.com", base_dn: "dc=example,dc=com"}
profiles:
  mailed: {method: mail_otp, directories: [corp], mail_servers: [post]}
"""


def more(line: str) -> str:
    """SMALL with one more top-level line, in line 10."""
    return SMALL + line + "\n"


RIGHT_AND_WRONG = {
    "a policy's profile": (
        more("policies: [{profile: plain, directory: local, attribute: email, values: [a]}]"),
        more("policies: [{profile: plane, directory: local, attribute: email, values: [a]}]"),
        "10:22: unknown profile `plane`; did you mean `plain`?",
    ),
    "a policy's directory is one of its profile's": (
        changed(more("policies: [{profile: plain, directory: corp, attribute: mail, values: [a]}]"), {}),
        changed(
            more("policies: [{profile: plain, directory: corp, attribute: mail, values: [a]}]"),
            {"directories: [local, corp]": "directories: [local]"},
        ),
        "10:40: `corp` is not a directory of `plain`, which has `local`; add it there, or write another",
    ),
    "a local user's attributes": (
        more("policies: [{profile: plain, directory: local, attribute: group_name, values: [a]}]"),
        more("policies: [{profile: plain, directory: local, attribute: group, values: [a]}]"),
        "10:58: local users have no attribute `group`; did you mean `group_name`?",
    ),
    "an LDAP user's attributes are the directory's": (
        more("policies: [{profile: plain, directory: corp, attribute: group, values: [a]}]"),
        more("policies: [{profile: plain, directory: corp, attribute: 'a=b', values: [a]}]"),
        "10:57: `attribute`: `a=b` is not an attribute's name; write for example memberOf or group_name",
    ),
    "a regular expression": (
        more("policies: [{profile: plain, directory: corp, attribute: mail, values: ['/a{2}/', '(']}]"),
        more("policies: [{profile: plain, directory: corp, attribute: mail, values: ['/a(?=b)/']}]"),
        "10:72: `values`: `/a(?=b)/` is not a regular expression of RE2: invalid perl operator: (?=",
    ),
    "a rule has values": (
        more("policies: [{profile: plain, directory: corp, attribute: mail, values: a}]"),
        more("policies: [{profile: plain, directory: corp, attribute: mail, values: []}]"),
        "10:71: `values` must have at least one entry",
    ),
    "an application's profiles": (
        SMALL,
        changed(SMALL, {"profiles: [plain]": "profiles: [plane]"}),
        "9:20: unknown profile `plane`; did you mean `plain`?",
    ),
    "an application's profiles once": (
        SMALL,
        changed(SMALL, {"profiles: [plain]": "profiles: [plain, plain]"}),
        "9:19: `profiles` names `plain` twice",
    ),
    "a client's application": (
        SMALL,
        changed(SMALL, {"application: vpn": "application: vpm"}),
        "2:83: unknown application `vpm`; did you mean `vpn`?",
    ),
    "the administration's application": (
        more("administration: {application: vpn}"),
        more("administration: {application: pages}"),
        "10:31: unknown application `pages`; there is `vpn`",
    ),
    "a role's directory": (
        more("administration: {roles: {auditor: [{directory: corp, attribute: mail, values: [a]}]}}"),
        more("administration: {roles: {auditor: [{directory: crop, attribute: mail, values: [a]}]}}"),
        "10:48: unknown directory `crop`; did you mean `corp`?",
    ),
    "an enrollment's directory": (
        more("enrollment: {automatic: [{directory: corp}]}"),
        more("enrollment: {automatic: [{directory: crop}]}"),
        "10:38: unknown directory `crop`; did you mean `corp`?",
    ),
    "a reply rule's directory": (
        changed(SMALL, {"[plain]}": "[plain], reply_rules: [{directory: corp, attribute: a, values: a, reply: {Class: a}}]}"}),
        changed(SMALL, {"[plain]}": "[plain], reply_rules: [{directory: crop, attribute: a, values: a, reply: {Class: a}}]}"}),
        "9:54: unknown directory `crop`; did you mean `corp`?",
    ),
    "a profile's directory": (
        SMALL,
        changed(SMALL, {"directories: [local, corp]": "directories: [local, crop]"}),
        "7:50: unknown directory `crop`; did you mean `corp`?",
    ),
    "one local directory": (
        SMALL,
        changed(SMALL, {"  local: {type: local}\n": "  local: {type: local}\n  other: {type: local}\n"}),
        "5:3: `other`: there is one local directory, and `local` is it; all local users are in one database",
    ),
    "a network has one client": (
        changed(SMALL, {"  nas:": "  b: {address: 192.0.2.0/24, secret: abcdefghijklm, application: vpn}\n  nas:"}),
        changed(SMALL, {"  nas:": "  b: {address: '::ffff:192.0.2.1', secret: abcdefghijklm, application: vpn}\n  nas:"}),
        "3:18: 192.0.2.1/32 is `b`'s already; take it out of one of them",
    ),
    "a client has address and secret": (
        SMALL,
        changed(SMALL, {'secret: "a secret of twenty characters", ': ""}),
        "2:3: `nas` lacks `secret`; a client has `address` and `secret`, or `tls`",
    ),
    "or tls": (
        changed(SMALL, {'address: 192.0.2.1, secret: "a secret of twenty characters"': "tls: {subject_alt_name: 'DNS:a.b'}"}),
        changed(SMALL, {"address: 192.0.2.1,": "tls: {subject_alt_name: 'DNS:a.b'},"}),
        "2:3: `nas` has `tls` beside `address` or `secret`; write two clients, one for each way",
    ),
    "a secret is not empty": (
        SMALL,
        changed(SMALL, {'"a secret of twenty characters"': '""'}),
        "2:37: `secret` is empty",
    ),
    "processes need PostgreSQL": (
        "workers: 2\ndatabase: postgresql://radius@/radius\n",
        "workers: 2\n",
        "1:10: more than 1 of `workers` needs PostgreSQL: an SQLite file has one writer; set `database: postgresql://...`",
    ),
    "listeners of UDP": (
        "listen: {authentication: 127.0.0.1:1812, accounting: 127.0.0.1:1813, web: 127.0.0.1:1812}\n",
        "listen: {authentication: 127.0.0.1:1812, accounting: 127.0.0.1:1812}\n",
        "1:54: 127.0.0.1:1812 is taken by `authentication`",
    ),
    "RadSec needs a certificate": (
        "listen: {radsec: []}\n",
        "listen: {radsec: 0.0.0.0:2083}\n",
        "1:18: `radsec` needs `tls` with `certificate` and `key`",
    ),
    "what is passed before an approval (D15)": (
        SENDING + "  boss: {method: approved_otp, directories: [corp], methods: [password, mailed], mail_servers: [post]}\n",
        SENDING + "  boss: {method: approved_otp, directories: [corp], methods: [mailled], mail_servers: [post]}\n",
        "11:63: unknown profile `mailled`; did you mean `mailed`?",
    ),
    "whose directories include its own (D15)": (
        SENDING + "  boss: {method: approved_otp, directories: [corp], methods: [mailed], mail_servers: [post]}\n",
        SENDING + "  boss: {method: approved_otp, directories: [local, corp], methods: [mailed], mail_servers: [post]}\n",
        "11:70: `mailed` lacks the directory `local` of this profile: its users could never pass; add it there",
    ),
    "and is a code (D15)": (
        SENDING + "  boss: {method: mail_auth, directories: [corp], methods: [password], mail_servers: [post]}\n",
        SENDING + "  boss: {method: mail_auth, directories: [corp], methods: [boss], mail_servers: [post]}\n",
        "11:60: `boss` is a profile of mail_auth; here are `password` and profiles of mail_otp, sms_otp, soft_otp",
    ),
    "links begin with a URL": (
        SENDING + "  boss: {method: mail_auth, directories: [corp], mail_servers: [post]}\n",
        SENDING.replace("public_url: https://mfa.example.com", "workers: 1")
        + "  boss: {method: mail_auth, directories: [corp], mail_servers: [post]}\n",
        "11:3: `boss` sends links: it needs `server`, or `public_url` for all profiles",
    ),
    "links are https": (
        SENDING + "  boss: {method: mail_auth, directories: [corp], mail_servers: [post], server: 'http://127.0.0.2'}\n",
        SENDING + "  boss: {method: mail_auth, directories: [corp], mail_servers: [post], server: 'http://10.0.0.1'}\n",
        "11:80: `server` must be https: whoever reads the link of a login can decide it; http is for loopback alone",
    ),
    "an approval is delivered": (
        SENDING + "  boss: {method: approved_otp, directories: [corp], delivery: sms, sms_gateways: [gate]}\n",
        SENDING + "  boss: {method: approved_otp, directories: [corp], delivery: sms, mail_servers: [post]}\n",
        "11:3: `boss` has `delivery: sms` and no `sms_gateways`",
    ),
    "approvers": (
        SENDING + "  boss: {method: mail_auth, directories: [corp], mail_servers: [post], approvers: [sponsor, a@b.c, '+90555']}\n",
        SENDING + "  boss: {method: mail_auth, directories: [corp], mail_servers: [post], approvers: [manger]}\n",
        "11:84: `approvers`: unknown approver `manger`; did you mean `manager`? or write an address or a number",
    ),
    "a profile's mail servers": (
        SENDING,
        changed(SENDING, {"mail_servers: [post]}": "mail_servers: [past]}"}),
        "10:66: unknown mail server `past`; did you mean `post`?",
    ),
    "a mail's variables": (
        changed(SENDING, {"mail_servers: [post]}": "mail_servers: [post], message: {tr: '{{ code }} {{ user.mail }}'}}"}),
        changed(SENDING, {"mail_servers: [post]}": "mail_servers: [post], message: {tr: '{{ coed }}'}}"}),
        "10:87: `tr` has the unknown variable `coed` in its template; did you mean `code`?",
    ),
    "a variable's parts": (
        changed(SENDING, {"mail_servers: [post]}": "mail_servers: [post], subject: '{{ user.username }}'}"}),
        changed(SENDING, {"mail_servers: [post]}": "mail_servers: [post], subject: '{{ user.usrname }}'}"}),
        "10:82: `subject` names what is not there in its template: 'dict object' has no attribute 'usrname'",
    ),
    "a gateway's filters": (
        changed(SENDING, {"{{ message }}": "{{ message | json }}&{{ message | xml }}&{{ recipient | urlencode }}"}),
        changed(SENDING, {"{{ message }}": "{{ message | jsn }}"}),
        "5:60: `body` is not a valid template (line 1 of it)",
    ),
    "a gateway's one body": (
        changed(SENDING, {'body: "{{ message }}"': 'json: {to: "{{ recipient }}", parts: [1, true, "{{ message }}"]}'}),
        changed(SENDING, {'body: "{{ message }}"': 'body: "{{ message }}", form: {a: b}'}),
        "5:3: `gate` must have one of `json`, `form` and `body`",
    ),
    "a mail server's password goes encrypted": (
        changed(SENDING, {"from_address": "username: a, password: b, from_address"}),
        changed(SENDING, {"from_address": "encryption: none, username: a, password: b, from_address"}),
        "3:3: `post` would send its password in clear text: set `encryption` to starttls or tls",
    ),
    "a directory's filter": (
        changed(SMALL, {"base_dn:": "user_filter: '(uid={username})', base_dn:"}),
        changed(SMALL, {"base_dn:": "user_filter: '(uid={user})', base_dn:"}),
        "5:68: `user_filter` must have {username} in it: else it finds anybody",
    ),
    "a directory's filter's parentheses": (
        changed(SMALL, {"base_dn:": "user_filter: '(&(a=b)(uid={username}))', base_dn:"}),
        changed(SMALL, {"base_dn:": "user_filter: '(&(a=b)(uid={username})', base_dn:"}),
        "5:68: `user_filter` is not a filter of RFC 4515: its parentheses do not match",
    ),
    "a directory's servers": (
        changed(SMALL, {'"ldaps://dc1.example.com"': "[ldap://dc1.example.com:3389, ldaps://dc2.example.com]"}),
        changed(SMALL, {'"ldaps://dc1.example.com"': "[https://dc1.example.com]"}),
        "5:29: `urls`: `https://dc1.example.com` is not a server's URL; write for example ldaps://dc1.example.com",
    ),
    "a type": (
        SMALL,
        changed(SMALL, {"type: ldap": "type: ldpa"}),
        "5:16: `type`: unknown type `ldpa`; did you mean `ldap`?",
    ),
    "a type is said": (
        SMALL,
        changed(SMALL, {"type: ldap, ": ""}),
        "5:3: `corp` lacks `type`; there is `ldap`, `local`",
    ),
    "a method's own keys": (
        SMALL,
        changed(SMALL, {"method: password,": "method: password, validity: 10m,"}),
        "7:29: unknown key `validity`; there is `directories`, `method`, `title`",
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", RIGHT_AND_WRONG)
@pytest.mark.row("S275", "S279", "S283")
def test_each_rule_with_its_opposite(tmp_path, rule):
    right, wrong, told = RIGHT_AND_WRONG[rule]
    assert faults_of(tmp_path, right) == []
    (fault,) = faults_of(tmp_path, wrong)
    assert fault == told or fault.startswith((told + ": ", told + " "))


def test_an_outbox_is_for_the_demo(tmp_path):
    text = "mail_servers: {box: {type: outbox}}\nsms_gateways: {box: {type: outbox}}\n"
    assert faults_of(tmp_path, text, demo=True) == []
    assert [fault.partition(": ")[0] for fault in faults_of(tmp_path, text)] == ["1:28", "2:28"]


def test_what_only_follows_is_not_told(tmp_path):
    """A faulty entry still has its name, and a default in place of a faulty value is judged by nobody."""
    text = changed(SMALL, {"type: ldap,": "type: ldap, timout: 5s,"}) + (
        "policies: [{profile: plain, directory: corp, attribute: mail, values: [a]}]\n"
        "workers: 2\ndatabase: postgres://radius@/radius\npublic_url: http://10.0.0.1\n"
    )
    assert [fault.partition(": ")[0] for fault in faults_of(tmp_path, text)] == ["5:22", "12:11", "13:13"]


def test_two_missing_keys_are_two_faults(tmp_path):
    assert faults_of(tmp_path, "mail_servers: {post: {}}") == [
        "1:16: `post` lacks `from_address`",
        "1:16: `post` lacks `host`",
    ]


def test_one_fault_does_not_hide_another_of_its_entry(tmp_path):
    """Nor does it make the entry lack what is there and wrong (X66)."""
    text = """\
clients:
  nas: {address: fw.example.com, secret: "", application: vpm}
  ap: {address: [fw.example.com], secrt: abcdefghijklm, application: vpn}
  sw: {secret: "", application: vpn}
directories:
  local: {type: local}
  corp: {type: ldap, urls: "dc1.example.com", base_dn: "dc=example,dc=com"}
profiles:
  plain: {method: password, directories: [lokal, 5], titel: a}
  code: {method: mail_otp, directories: [local], mail_servers: [post], validity: 5}
policies:
  - {profile: plane, directory: lokal, atribute: email, values: ["/(/"]}
applications:
  vpn: {profiles: [plain, cod], choose: frist}
"""
    assert [fault.partition("; ")[0] for fault in faults_of(tmp_path, text)] == [
        "2:18: `address`: `fw.example.com` is not an address or network",
        "2:42: `secret` is empty",
        "2:59: unknown application `vpm`",
        "3:18: `address`: `fw.example.com` is not an address or network",
        "3:35: unknown key `secrt`",
        "4:3: `sw` lacks `address`",
        "4:16: `secret` is empty",
        "7:28: `urls`: `dc1.example.com` is not a server's URL",
        "9:43: unknown directory `lokal`",
        "9:50: `directories` must be a text: put it in quotes",
        "9:54: unknown key `titel`",
        "10:65: unknown mail server `post`",
        "10:82: `validity`: `5` is not a duration: a unit is missing, write for example 30s, 10m, 8h or 30d",
        "12:15: unknown profile `plane`",
        "12:33: unknown directory `lokal`",
        "12:40: unknown key `atribute`",
        "12:66: `values`: `/(/` is not a regular expression of RE2: missing ): (",
        "14:27: unknown profile `cod`",
        "14:41: `choose`: unknown value `frist`",
    ]
