"""Warnings about profiles that ask somebody before anything is proved."""

from __future__ import annotations

import pytest

from tests.config.writing import changed, faults_of, settings_of

LINKS = """\
listen: {internal: [127.0.0.1:8081]}
public_url: https://mfa.example.com
trusted_proxies: [127.0.0.1]
clients: {nas: {address: 192.0.2.1, secret: "a secret of twenty characters", application: vpn, hold: 60s}, two: {address: 192.0.2.2, secret: "another one of twenty characters", application: portal, hold: 60s}}
directories: {local: {type: local}}
mail_servers: {post: {host: smtp.example.com, from_address: a@example.com}}
profiles:
  link: {method: mail_auth, directories: [local], mail_servers: [post]}
  code: {method: mail_otp, directories: [local], mail_servers: [post]}
applications:
  vpn: {profiles: [link]}
  portal: {profiles: [code]}
"""


def said(tmp_path, changes):
    settings = settings_of(tmp_path, changed(LINKS, changes))
    return [
        f"{fault.line}:{fault.column}: {fault.message}"
        for fault in settings.warnings
        if "not active yet" not in fault.message
    ]


OPTIONS = "link: {method: mail_auth, "
NO_ROLE = (
    ": it gives nobody a role, and opens no page; name an application whose profiles ask for a password and a code, or for"
    " a password and an approval"
)
CASES = {
    "the pages of administrators": (
        {"  portal: {profiles: [code]}": "  portal: {profiles: [link]}\nadministration: {application: portal}"},
        f"13:31: profile `link` asks no password{NO_ROLE}",
    ),
    "the pages, and a password alone": (
        {
            "  code: {method: mail_otp, directories: [local], mail_servers: [post]}": "  code: {method: password, directories: [local]}",
            "  portal: {profiles: [code]}": "  portal: {profiles: [code]}\nadministration: {application: portal}",
        },
        f"13:31: profile `code` asks nothing but the password{NO_ROLE}",
    ),
    "the pages, and a link behind a password": (
        {
            "link: {method: mail_auth, ": "link: {method: mail_auth, methods: [password], ",
            "  portal: {profiles: [code]}": "  portal: {profiles: [link]}\nadministration: {application: portal}",
        },
        f"13:31: profile `link` is proved by a link, which may be pressed for somebody else's sign-in{NO_ROLE}",
    ),
    "pages that nobody has a role on": (
        {"  portal: {profiles: [code]}": "  portal: {profiles: [code]}\nadministration: {application: portal}"},
        (
            "13:1: nobody has a role, so nobody sees a page; write for example `roles: {administrator: [{directory: local,"
            " attribute: group_name, values: [administrators]}]}`"
        ),
    ),
    "pages, and enrolling by the password alone": (
        {
            "  portal: {profiles: [code]}": "  portal: {profiles: [code]}\nenrollment: {first: password}\n"
            "administration: {application: portal}"
        },
        (
            "13:21: whoever knows the password of an administrator who has enrolled nothing enrolls an address of their own, and"
            " has the role: write `directory` or `invitation`"
        ),
    ),
    "roles without an application": (
        {
            "  portal: {profiles: [code]}": "  portal: {profiles: [code]}\n"
            "administration: {roles: {auditor: [{directory: local, attribute: group_name, values: [a]}]}}"
        },
        "13:1: nobody can sign in to the pages, whatever their role: `application` says whose profiles sign them in",
    ),
    "some with a password and some without": (
        {"vpn: {profiles: [link]": "vpn: {profiles: [code, link]"},
        (
            "11:19: `link` asks no password, and `code` does: who knows a name can see by the answer which of the two signs it in;"
            " give each an application of its own"
        ),
    ),
    "a waiting message that names the user": (
        {OPTIONS: OPTIONS + 'waiting_message: "Wait, {{ user.display_name }}", '},
        "8:46: nothing is proved when this is shown, so `user` is empty in it; leave it out",
    ),
    "links that are over too soon": (
        {OPTIONS: OPTIONS + "link_validity: 5m, "},
        "8:44: the mail may be read too late: write 15m to 30m",
    ),
    "links that live too long": (
        {OPTIONS: OPTIONS + "link_validity: 2h, "},
        "8:44: a link that lies in a mailbox can be found: write 15m to 30m",
    ),
    "places for a request that has proved something": (
        {OPTIONS: OPTIONS + "methods: [password], max_held: {user: 3}, "},
        "8:50: `max_held` has no effect: something is proved before somebody is asked (`methods`); remove it",
    ),
    "a reminder where anybody could ask for it": (
        {OPTIONS: OPTIONS + "remind_after: 9m, "},
        "8:29: `remind_after` has no effect: nothing is proved before somebody is asked (`methods`); remove it",
    ),
    "approvers of who is asked alone": (
        {OPTIONS: OPTIONS + "approvers: [managers_manager], "},
        (
            "8:29: `approvers` has no effect: `type: user_approval` asks the user alone, and the manager is told of nothing;"
            " remove it"
        ),
    ),
}


@pytest.mark.row("S85", "S92")
@pytest.mark.parametrize("case", CASES)
def test_it_is_told_and_where(tmp_path, case):
    changes, message = CASES[case]
    assert message in said(tmp_path, changes)


@pytest.mark.row("S84")
def test_by_default_nothing_is_said(tmp_path):
    assert said(tmp_path, {}) == []
    profile = settings_of(tmp_path, LINKS).profiles["link"]
    assert profile.link_validity.total_seconds() == 15 * 60
    assert profile.links_per_hour.model_dump() == {"user": 10, "station": 10, "client": 600}
    assert profile.max_held.model_dump() == {"user": 2, "station": 4}
    assert not profile.late_approval


@pytest.mark.row("S88")
def test_links_are_https(tmp_path):
    told = faults_of(tmp_path, changed(LINKS, {"https://mfa": "http://mfa"}))
    assert told == [
        (
            "2:13: `public_url` must be https: whoever reads the link of a login can decide it; http is"
            " for loopback alone"
        )
    ]
    server = changed(LINKS, {OPTIONS: OPTIONS + 'server: "http://10.0.0.1", '})
    assert "must be https" in faults_of(tmp_path, server)[0]


@pytest.mark.row("S67", "S95")
def test_a_manager_needs_an_attribute(tmp_path):
    ldap = 'corp: {type: ldap, urls: ["ldaps://dc"], base_dn: "dc=example,dc=com", attributes: {manager: null, mail: null}}'
    yaml = {
        "directories: {local: {type: local}}": f"directories: {{local: {{type: local}}, {ldap}}}",
        OPTIONS + "directories: [local]": OPTIONS + "type: manager_approval, directories: [corp]",
    }
    assert any("needs the manager of a user of `corp`" in each for each in said(tmp_path, yaml))
    own = {
        "directories: {local: {type: local}}": f"directories: {{local: {{type: local}}, {ldap}}}",
        OPTIONS + "directories: [local]": OPTIONS + "directories: [corp]",
    }
    assert any("needs the address of a user of `corp`" in each for each in said(tmp_path, own))


def test_no_client_is_called_as_the_pages_are(tmp_path):
    """Sign-ins to them would be taken for its own."""
    pages = {
        "{nas: {": "{pages: {",
        "  portal: {profiles: [code]}": "  portal: {profiles: [code]}\nadministration: {application: portal}",
    }
    told = faults_of(tmp_path, changed(LINKS, pages))
    assert told == ["4:11: `pages` is what sign-ins to the pages are recorded as; call the client otherwise"]
