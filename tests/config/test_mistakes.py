"""Thirty mistakes that administrators make, and twice as many: each brings one message, and mended it brings none.

Where they come from: groups by their bare name or a DN cut short are the most frequent question about every product
that matches memberOf; the others are of the complaints that users of RADIUS servers write about, and of our own desk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from config.faults import SettingsError
from radiusd.cli.configuration import Place, load
from tests.config.test_schema import refused
from tests.config.writing import changed

PASSWORDS = """\
clients:
  nas: {address: 192.0.2.1, secret: "a secret of twenty characters", application: vpn}
directories:
  local: {type: local}
  corp: {type: ldap, urls: "ldaps://dc1.example.com", base_dn: "dc=example,dc=com"}
profiles:
  plain: {method: password, directories: [local, corp]}
applications:
  vpn: {profiles: [plain]}
"""
CODES = """\
public_url: https://mfa.example.com
phone_country: TR
clients:
  nas: {address: 192.0.2.1, secret: "a secret of twenty characters", application: vpn}
  pc: {address: 192.0.2.2, secret: "another secret of 20 letters", application: desk}
directories:
  local: {type: local}
  corp: {type: ldap, urls: "ldaps://dc1.example.com", base_dn: "dc=example,dc=com"}
mail_servers:
  post: {host: smtp.example.com, from_address: mfa@example.com}
sms_gateways:
  gate: {type: http, url: "https://sms.example.com", json: {to: "{{ recipient }}", text: "{{ message }}"}}
profiles:
  code: {method: mail_otp, directories: [local, corp], mail_servers: [post]}
  text: {method: sms_otp, directories: [local, corp], sms_gateways: [gate]}
  boss: {method: approved_otp, directories: [local, corp], mail_servers: [post], default_recipient: it@example.com}
  plain: {method: password, directories: [local, corp]}
policies:
  - {profile: boss, directory: corp, attribute: memberOf, values: ["CN=Contractors,*"]}
applications:
  vpn: {profiles: [boss, code, text]}
  desk: {profiles: [plain]}
trusted_proxies: [127.0.0.1]
"""


@dataclass(frozen=True)
class Mistake:
    """What was written wrongly, what `radiusd check` says of it (FOLDER is where radius.yaml is), and how it is mended."""

    what: str
    text: str
    wrong: Mapping[str, str]
    told: str
    mended: Mapping[str, str] = field(default_factory=dict)
    level: str = "fault"
    form: bool = False


def of_form(*given, **named):
    return Mistake(*given, **named, form=True)


def fault(*given, **named):
    return Mistake(*given, **named)


def warning(*given, **named):
    return Mistake(*given, **named, level="warning")


MISTAKES = [
    # Of form: an editor with the schema refuses them as well.
    of_form("a key misspelt", PASSWORDS, {'secret: "a': 'secert: "a'}, "2:29: unknown key `secert`; did you mean `secret`?"),
    of_form("a duration without its unit", PASSWORDS, {"application: vpn}": "application: vpn, hold: 60}"}, "2:94: `hold`: `60` is not a duration: a unit is missing, write for example 30s, 10m, 8h or 30d", mended={"application: vpn}": "application: vpn, hold: 60s}"}),
    of_form("yes for true", PASSWORDS, {"application: vpn}": "application: vpn, status_server: yes}"}, "2:103: `status_server` must be true or false: write true", mended={"application: vpn}": "application: vpn, status_server: true}"}),
    of_form("a host name where an address must be", PASSWORDS, {"192.0.2.1": "vpn.example.com"}, "2:18: `address`: `vpn.example.com` is not an address or network; write for example 192.0.2.10 or 2001:db8::/64"),
    of_form("a secret of digits", PASSWORDS, {'"a secret of twenty characters"': "12345678901234567890"}, "2:37: `secret` must be a text: put it in quotes, or write env:NAME or file:PATH", mended={'"a secret of twenty characters"': '"12345678901234567890"'}),
    of_form("a phone number without quotes", CODES, {"mail_servers: [post], default_recipient: it@example.com": "delivery: sms, sms_gateways: [gate], default_recipient: +905554443322"}, "16:116: `default_recipient` must be a text: put it in quotes", mended={"mail_servers: [post], default_recipient: it@example.com": 'delivery: sms, sms_gateways: [gate], default_recipient: "+905554443322"'}),
    of_form("a port in a host", CODES, {"host: smtp.example.com": "host: smtp.example.com:587"}, "10:16: `host`: `smtp.example.com:587` is not a host name or address; the port has a key of its own", mended={"host: smtp.example.com": "host: smtp.example.com, port: 587"}),
    of_form("a name in an address", CODES, {"from_address: mfa@example.com": "from_address: MFA <mfa@example.com>"}, "10:48: `from_address`: `MFA <mfa@example.com>` is not a mail address; write for example security@example.com", mended={"from_address: mfa@example.com": "from_address: mfa@example.com, from_name: MFA"}),
    of_form("a method by another product's name", CODES, {"method: mail_otp": "method: email_otp"}, "14:18: `method`: unknown method `email_otp`; did you mean `mail_otp`?"),
    of_form("a list where names must be", PASSWORDS, {"  plain: {method: password, directories: [local, corp]}": "  - {method: password, directories: [local, corp]}"}, "7:3: `profiles` must be a map of keys: write `name: value`, a line each"),
    of_form("a directory without its type", PASSWORDS, {"{type: ldap, ": "{"}, "5:3: `corp` lacks `type`; there is `ldap`, `local`"),
    of_form("another product's sign for the user name", PASSWORDS, {"base_dn:": 'user_filter: "(uid=%u)", base_dn:'}, "5:68: `user_filter` must have {username} in it: else it finds anybody", mended={"base_dn:": 'user_filter: "(uid={username})", base_dn:'}),
    of_form("a base DN in the URL", PASSWORDS, {'"ldaps://dc1.example.com"': '"ldaps://dc1.example.com/dc=example,dc=com"'}, "5:28: `urls` must have scheme, host and port alone; `base_dn` and `bind_dn` have keys of their own"),
    of_form("links over http", CODES, {"https://mfa": "http://mfa"}, "1:13: `public_url` must be https: whoever reads the link of a login can decide it; http is for loopback alone"),
    of_form("a database by its old scheme", PASSWORDS, {"clients:": "database: postgres://radius@db/radius\nclients:"}, "1:11: `database` must begin with sqlite:/// or postgresql://", mended={"clients:": "database: postgresql://radius@db/radius\nclients:"}),
    of_form("a user name without its password", CODES, {"from_address:": "username: radius, from_address:"}, "10:3: `post` must have both `username` and `password`, or neither", mended={"from_address:": "username: radius, password: hush, from_address:"}),
    of_form("an approval that nothing carries", CODES, {"mail_servers: [post], default_recipient: it@example.com": "default_recipient: it@example.com"}, "16:3: `boss` has `delivery: mail` and no `mail_servers`"),
    # Well written, and yet not to be meant.
    fault("a network written by one of its addresses", PASSWORDS, {"192.0.2.1": "192.0.2.1/24"}, "2:18: `address`: `192.0.2.1/24` has bits behind its prefix; write 192.0.2.0/24, or 192.0.2.1 for the one address", mended={"192.0.2.1": "192.0.2.0/24"}),
    fault("a section twice", PASSWORDS, {"applications:\n": "profiles: {}\napplications:\n"}, "8:1: `profiles` is here for the second time; the first is in line 6"),
    fault("a variable of the environment that is not set", PASSWORDS, {'"a secret of twenty characters"': "env:NO_SUCH_SECRET"}, "2:37: the environment has no `NO_SUCH_SECRET`; set it, or write file:PATH"),
    fault("a file that is not there", PASSWORDS, {'"a secret of twenty characters"': "file:no.secret"}, "2:37: can not read FOLDER/no.secret: No such file or directory"),
    fault("a variable of another product in a message", CODES, {"mail_servers: [post]}\n  text": 'mail_servers: [post], message: "Code {{ otp }}"}\n  text'}, "14:87: `message` has the unknown variable `otp` in its template; there is `application`, `client`, `code`, `minutes`, `next_step`, `organisation`, `profile`, `station`, `time`, `user`, `validity`", mended={"mail_servers: [post]}\n  text": 'mail_servers: [post], message: "Code {{ code }}"}\n  text'}),
    fault("a wildcard as a regular expression", CODES, {'["CN=Contractors,*"]': '["/*Contractors*/"]'}, "19:68: `values`: `/*Contractors*/` is not a regular expression of RE2: no argument for repetition operator: *", mended={'["CN=Contractors,*"]': '["/.*Contractors.*/"]'}),
    fault("a policy for users whom its profile does not have (S275)", CODES, {"[local, corp], mail_servers: [post], default": "[local], mail_servers: [post], default"}, "19:32: `corp` is not a directory of `boss`, which has `local`; add it there, or write another"),
    fault("one address for two clients", PASSWORDS, {"clients:\n": "clients:\n  old: {address: 192.0.2.1, secret: another secret of 20 letters, application: vpn}\n"}, "3:18: 192.0.2.1/32 is `old`'s already; take it out of one of them", mended={"clients:\n": "clients:\n  old: {address: 192.0.2.2, secret: another secret of 20 letters, application: vpn}\n"}),
    fault("several processes on SQLite", PASSWORDS, {"clients:": "workers: 4\nclients:"}, "1:10: more than 1 of `workers` needs PostgreSQL: an SQLite file has one writer; set `database: postgresql://...`", mended={"clients:": "workers: 1\nclients:"}),
    fault("a code before the approval that not all can get (D15)", CODES, {"[local, corp], mail_servers: [post]}": "[local], mail_servers: [post]}\n  first: {method: approved_otp, directories: [local, corp], methods: [password, code], mail_servers: [post], default_recipient: it@example.com}"}, "15:81: `code` lacks the directory `corp` of this profile: its users could never pass; add it there"),
    fault("a duration where RADIUS wants seconds", PASSWORDS, {"[plain]}": "[plain], reply: {Session-Timeout: 8h}}"}, "9:36: Session-Timeout: `8h` is not a number from 0 to 4294967295", mended={"[plain]}": "[plain], reply: {Session-Timeout: 28800}}"}),
    fault("an application that is not there", PASSWORDS, {"application: vpn}": "application: wifi}"}, "2:83: unknown application `wifi`; there is `vpn`"),
    fault("an attribute misspelt", PASSWORDS, {"[plain]}": "[plain], reply: {Framed-Adress: 10.0.0.1}}"}, "9:36: no dictionary has an attribute `Framed-Adress`; did you mean `Framed-IP-Address`?", mended={"[plain]}": "[plain], reply: {Filter-Id: staff}}"}),
    # What works as written, and is not what anybody wants.
    warning("a group by its name alone", CODES, {'["CN=Contractors,*"]': "[Contractors]"}, "19:68: memberOf holds whole DNs, so `Contractors` matches nobody; write `CN=Contractors,*`"),
    warning("a DN cut short", CODES, {'["CN=Contractors,*"]': '["CN=Contractors"]'}, "19:68: a value is compared with the whole DN, so `CN=Contractors` matches nobody; write `CN=Contractors,*`"),
    warning("an attribute of local users in an LDAP rule", CODES, {'attribute: memberOf, values: ["CN=Contractors,*"]': "attribute: group_name, values: [contractors]"}, "19:49: an LDAP attribute has no `_` in its name, so this rule matches nobody; `corp` has names of its own, for example memberOf, department or mail"),
    warning("a domain in place of an address", CODES, {'  - {profile: boss, directory: corp, attribute: memberOf, values: ["CN=Contractors,*"]}': "  - {profile: boss, directory: local, attribute: email, values: [example.com]}"}, "19:66: a value is compared with the whole address, so `example.com` matches nobody; write `*@example.com`", mended={'  - {profile: boss, directory: corp, attribute: memberOf, values: ["CN=Contractors,*"]}': '  - {profile: boss, directory: local, attribute: email, values: ["*@example.com"]}'}),
    warning("a rule behind one that takes everybody", CODES, {'  - {profile: boss, directory: corp, attribute: memberOf, values: ["CN=Contractors,*"]}': '  - {profile: boss, directory: corp, attribute: memberOf, values: ["*"]}\n  - {profile: boss, directory: corp, attribute: memberOf, values: ["CN=Contractors,*"]}'}, "20:67: this rule is never reached: policy 1 (line 19) matches everybody whom it means; put this one above, or remove it", mended={'  - {profile: boss, directory: corp, attribute: memberOf, values: ["CN=Contractors,*"]}': '  - {profile: boss, directory: corp, attribute: memberOf, values: ["CN=Contractors,*"]}\n  - {profile: boss, directory: corp, attribute: memberOf, values: ["*"]}'}),
    warning("nobody to ask for users without a manager (S48)", CODES, {", default_recipient: it@example.com": ""}, "16:3: `boss` has no `default_recipient`: users without a manager can not sign in; write for example `default_recipient: security@example.com`"),
    warning("a phone number for mail", CODES, {"default_recipient: it@example.com": 'default_recipient: "+905554443322"'}, "16:101: `+905554443322` is a number, and messages go by mail; write an address, or `delivery: sms`"),
    warning("a code that outlives its sign-in", CODES, {"mail_servers: [post]}": "mail_servers: [post], validity: 30m}"}, "14:88: a sign-in ends after 15m (`login_timeout` of `security`), before its code does; write `validity: 15m` at most, or a longer `login_timeout`", mended={"mail_servers: [post]}": "mail_servers: [post], validity: 15m}"}),
    warning("one Framed-IP-Address for everybody", PASSWORDS, {"[plain]}": "[plain], reply: {Framed-IP-Address: 10.8.0.10}}"}, "9:55: everybody without an own one gets this address; give users their own (`radiusd user edit USER --framed-ip-address`), or let the NAS choose: 255.255.255.254", mended={"[plain]}": "[plain], reply: {Framed-IP-Address: 255.255.255.254}}"}),
    warning("one Framed-IP-Address for two users", PASSWORDS, {"  vpn: {profiles: [plain]}": "  vpn:\n    profiles: [plain]\n    reply_rules:\n      - {directory: local, attribute: username, values: [ann], reply: {Framed-IP-Address: 10.8.0.10}}\n      - {directory: local, attribute: username, values: [bob], reply: {Framed-IP-Address: 10.8.0.10}}"}, "13:91: 10.8.0.10 is `ann`'s already (line 12); give each user another one", mended={"  vpn: {profiles: [plain]}": "  vpn:\n    profiles: [plain]\n    reply_rules:\n      - {directory: local, attribute: username, values: [ann], reply: {Framed-IP-Address: 10.8.0.10}}\n      - {directory: local, attribute: username, values: [bob], reply: {Framed-IP-Address: 10.8.0.11}}"}),
    warning("the demonstration's listeners for a NAS elsewhere", PASSWORDS, {"clients:": "listen: {authentication: 127.0.0.1:1812}\nclients:"}, "3:18: no packet of `nas` can arrive: `listen.authentication` is 127.0.0.1:1812; add 0.0.0.0:1812 there", mended={"clients:": "listen: {authentication: 0.0.0.0:1812}\nclients:"}),
    warning("the demonstration's links for approvers elsewhere", CODES, {"https://mfa.example.com": "http://127.0.0.1:8080"}, "1:13: links lead to this machine, where approvers are not; write the https:// address that they can open"),
    warning("a client that is everybody", PASSWORDS, {"192.0.2.1": "0.0.0.0/0"}, "2:18: 0.0.0.0/0 is everybody: anybody may try secrets; write the address of the NAS"),
    warning("a secret that can be guessed", PASSWORDS, {"a secret of twenty characters": "testing123"}, "2:37: the secret has 12 characters or fewer; take 20 or more, random ones"),
    warning("a port of the other encryption", CODES, {"host: smtp.example.com": "host: smtp.example.com, port: 465"}, "10:40: port 465 speaks TLS from the first octet; write `encryption: tls`, or `port: 587`", mended={"host: smtp.example.com": "host: smtp.example.com, port: 465, encryption: tls"}),
    warning("passwords in clear text", PASSWORDS, {"ldaps:": "ldap:"}, "5:28: passwords go to this server in clear text: write ldaps://, or `start_tls: true`"),
    warning("a message without its code", CODES, {"mail_servers: [post]}": 'mail_servers: [post], message: "Your code is {code}."}'}, "14:87: this message has no code: nobody can sign in by it; write {{ code }} in it", mended={"mail_servers: [post]}": 'mail_servers: [post], message: "Your code is {{ code }}."}'}),
    warning("HTML without its code", CODES, {"mail_servers: [post]}": 'mail_servers: [post], html: {en: "<p>{{ code }}</p>", tr: "<p>Kodunuz</p>"}}'}, "14:114: this message has no code: nobody can sign in by it; write {{ code }} in it", mended={"mail_servers: [post]}": 'mail_servers: [post], html: {en: "<p>{{ code }}</p>", tr: ""}}'}),
    warning("HTML without its link", CODES, {"default_recipient:": 'html: "<p>Decide</p>", default_recipient:'}, "16:88: this message has no link: nobody can sign in by it; write {{ link }} in it", mended={"default_recipient:": 'html: "<p>{{ link }}</p>", default_recipient:'}),
    fault("a variable that HTML has not, in one language", CODES, {"mail_servers: [post]}": 'mail_servers: [post], html: {en: "{{ code }}", tr: "{{ cod }}"}}'}, "14:107: `tr` has the unknown variable `cod` in its template; did you mean `code`?", mended={"mail_servers: [post]}": 'mail_servers: [post], html: {en: "{{ code }}", tr: "{{ code }}"}}'}),
    warning("minutes of a validity that is none", CODES, {"mail_servers: [post]}": 'mail_servers: [post], validity: 90s, message: "{{ code }} is good for {{ minutes }} minutes."}'}, "14:102: `{{ minutes }}` can not tell 90 seconds rightly; write {{ validity }} in place of it and of the word behind it", mended={"mail_servers: [post]}": 'mail_servers: [post], validity: 90s, message: "{{ code }} is good for {{ validity }}."}'}),
    warning("a gateway that is not told the text", CODES, {'text: "{{ message }}"': "text: Hello"}, "12:3: what is sent to `gate` lacks the message; write {{ message }} in `json`, `form` or `body`"),
    warning("a directory without the attribute that a method needs", CODES, {'base_dn: "dc=example,dc=com"': 'base_dn: "dc=example,dc=com", attributes: {mobile: null}'}, "8:106: profile `text` needs the number of a user of `corp`; write the attribute that holds it", mended={'base_dn: "dc=example,dc=com"': 'base_dn: "dc=example,dc=com", attributes: {mobile: mobile}'}),
    warning("SMS to every country", CODES, {"phone_country: TR\n": ""}, "11:3: SMS goes to every country, at your cost; write `phone_country`, or `enrollment: {countries: [...]}`"),
    warning("metrics open to whoever gets a link", PASSWORDS, {"clients:": "listen: {web: 0.0.0.0:8080}\nclients:"}, "1:15: /metrics and /readyz are open to whoever opens a link; write `internal: [127.0.0.1:8081]`", mended={"clients:": "listen: {web: 0.0.0.0:8080, internal: 127.0.0.1:8081}\nclients:"}),
    warning("the password alone before the code", CODES, {"{profiles: [plain]}": "{profiles: [plain, code]}"}, "22:21: `plain` is open to everybody, so nobody gets `code` behind it; put `plain` last, or write a policy for it", mended={"{profiles: [plain]}": "{profiles: [code, plain]}"}),
    warning("two profiles of one method without a policy", CODES, {"text]}": "text, code2]}", "  plain: {method": "  code2: {method: mail_otp, directories: [local, corp], mail_servers: [post]}\n  plain: {method"}, "22:38: nobody gets `code2` here: mail_otp has no policy, so everybody gets its first profile, `code`; write policies, or take this one out", mended={"{profiles: [plain]}": "{profiles: [code2, plain]}", "  plain: {method": "  code2: {method: mail_otp, directories: [local, corp], mail_servers: [post]}\n  plain: {method"}),
    warning("a profile that the policies of its method forgot", CODES, {"text]}": "text, boss2]}", "  plain: {method": "  boss2: {method: approved_otp, directories: [local, corp], mail_servers: [post], default_recipient: it@example.com}\n  plain: {method"}, "22:38: nobody gets `boss2` here: approved_otp has policies, and none is for this profile; write one, or take the profile out", mended={"text]}": "text, boss2]}", "  plain: {method": "  boss2: {method: approved_otp, directories: [local, corp], mail_servers: [post], default_recipient: it@example.com}\n  plain: {method", '  - {profile: boss, directory: corp, attribute: memberOf, values: ["CN=Contractors,*"]}': '  - {profile: boss, directory: corp, attribute: memberOf, values: ["CN=Contractors,*"]}\n  - {profile: boss2, directory: local, attribute: group_name, values: [contractors]}'}),
    warning("a rule for users who sign in elsewhere", CODES, {"{profiles: [plain]}": "{profiles: [plain], reply_rules: [{directory: local, attribute: group_name, values: staff, reply: {Class: a}}]}", "  plain: {method: password, directories: [local, corp]}": "  plain: {method: password, directories: [corp]}"}, "22:55: users of `local` do not sign in to `desk`: this rule matches nobody; its profiles have `corp`", mended={"{profiles: [plain]}": "{profiles: [plain], reply_rules: [{directory: local, attribute: group_name, values: staff, reply: {Class: a}}]}"}),
    warning("a NAS that gives up before the code has left", CODES, {"application: vpn}": "application: vpn, hold: 6s}"}, "4:94: `hold` is too short for profile `code`, whose message must leave within 8s: let the NAS wait, and write `hold: 10s`", mended={"application: vpn}": "application: vpn, hold: 10s}"}),
    warning("a NAS that gives up before anybody can decide", CODES, {"application: vpn}": "application: vpn, hold: 15s, challenge: false}"}, "4:94: this NAS waits 15s and shows no challenge: too short for somebody to decide for profile `boss`; let it wait 1m (`radiusd client advice nas` says how), and write `hold: 1m`", mended={"application: vpn}": "application: vpn, hold: 60s, challenge: false}"}),
    warning("a NAS of which nothing is known yet", CODES, {"application: vpn}": "application: vpn, challenge: false}"}, "4:99: this NAS shows no challenge, and how long it waits is not known before it is learned, 10s is a guess: that may be too short for somebody to decide for profile `boss`; let it wait 1m (`radiusd client advice nas` says how), and write `hold: 1m`", mended={"application: vpn}": "application: vpn, hold: 60s, challenge: false}"}),
    warning("a decision that comes when nobody waits any more", CODES, {"application: vpn}": "application: vpn, hold: 60s, challenge: false}", "default_recipient:": "late_approval: 0s, default_recipient:"}, "16:97: client `nas` gives up after 1m and shows no challenge: a decision that comes later is lost, though the link lives for 1h; write `late_approval: 5m`", mended={"application: vpn}": "application: vpn, hold: 60s, challenge: false}"}),
    warning("links that end before the NAS gives up", CODES, {"application: vpn}": "application: vpn, hold: 120s}", "default_recipient:": "link_validity: 90s, default_recipient:"}, "16:97: links end after 90s, before client `nas` gives up after 2m; write 2m or more, better 15m", mended={"application: vpn}": "application: vpn, hold: 120s}", "default_recipient:": "link_validity: 15m, default_recipient:"}),
    warning("a challenge for a NAS that shows none", CODES, {"application: vpn}": "application: vpn, hold: 60s, challenge: false}", "mail_servers: [post]}": "mail_servers: [post], placement: challenge}"}, "4:110: profile `code` has `placement: challenge`, and this client shows none: nobody signs in with it here; write `placement: auto` there", mended={"application: vpn}": "application: vpn, hold: 60s, challenge: false}"}),
    warning("a profile that nothing uses", CODES, {"[boss, code, text]": "[boss, code]"}, "15:3: `text` is used nowhere; name it in `profiles` of an application, or remove it"),
    warning("one secret for two clients", CODES, {"another secret of 20 letters": "a secret of twenty characters"}, "5:36: `nas` has this secret too: who knows one of them can pose as the other; take another one"),
    warning("an option of another type", CODES, {"default_recipient:": "notify: new_station, default_recipient:"}, "16:82: `notify` has no effect: it is of `type: manager_information`; remove it", mended={"default_recipient:": "type: manager_information, notify: new_station, default_recipient:"}),
]  # fmt: skip


def said(folder, text):
    """What `radiusd check` says: faults, else warnings."""
    path = folder / "radius.yaml"
    path.touch(0o600)
    path.write_text(text, encoding="utf-8")
    try:
        level, told = "warning", load(Place(path, folder)).warnings
    except SettingsError as error:
        level, told = "fault", error.faults
    return [(level, f"{each.line}:{each.column}: {each.message.replace(str(folder), 'FOLDER')}") for each in told]


def test_there_are_thirty_and_ten_of_meaning():
    assert len(MISTAKES) >= 30
    assert sum(not mistake.form for mistake in MISTAKES) >= 13


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.what)
@pytest.mark.row("S48", "S275")
def test_one_message_names_the_place_and_the_mended_file_has_none(tmp_path, mistake):
    wrong, mended = changed(mistake.text, mistake.wrong), changed(mistake.text, mistake.mended)
    assert said(tmp_path, wrong) == [(mistake.level, mistake.told)]
    assert said(tmp_path, mended) == []
    assert refused(mended) == []


@pytest.mark.parametrize("mistake", [each for each in MISTAKES if each.form], ids=lambda mistake: mistake.what)
def test_an_editor_refuses_mistakes_of_form(mistake):
    assert refused(changed(mistake.text, mistake.wrong)) != []
