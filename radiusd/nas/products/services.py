"""Services that ask for a name and a password: databases, proxies, files, pages, calls. Only data."""

from __future__ import annotations

from radiusd.nas.product import NasProduct, Step
from radiusd.nas.products.sentences import NOT_SHOWN, RADCLI_COPIES

UNSEEN_TEXT = "The text of a refusal is shown to nobody."
ONLY_LATER = (
    "Whoever needs an approval signs in again once it was given; a code is typed behind the password. Let its message leave"
    " in time: `send_within: 2s` of the profile."
)
NO_STATION = "It sends no Calling-Station-Id: two sign-ins of one user cannot be told apart."

SERVICES = (
    NasProduct(
        key="postgresql",
        name="PostgreSQL (method radius of pg_hba.conf)",
        default_timeout_seconds=3,
        default_tries=1,
        longest_timeout_seconds=3,
        preferred_tries=1,
        most_tries=1,
        answers_challenges=False,
        challenge="None: it waits on, and ends as if nobody had answered.",
        signs="never",
        steps=(
            Step(
                "pg_hba.conf; nothing of its time-out can be set",
                ("hostssl all all all radius radiusservers=SERVER radiussecrets=SECRET radiusidentifiers=NAME",),
            ),
        ),
        cautions=(
            ONLY_LATER,
            UNSEEN_TEXT,
            NO_STATION,
            "A second server is asked after 3 s of silence, never after a refusal.",
            "A password of more than 128 octets is not sent at all.",
        ),
        measured="PostgreSQL 15.18-0+deb12u1, psql",
        seen=(
            "One packet, 3 s: an Access-Accept after 2.5 s lets in, one after 4 s is too late (refused at 3.1 s).",
            "Service-Type 8, User-Name, NAS-Identifier, User-Password; a new port for each request.",
            "It notices neither an ICMP error nor a wrong Message-Authenticator of a reply, a wrong Response Authenticator it does.",
            "Approved after the hold: refused at 2.3 s, in at the next try.",
        ),
        source="PostgreSQL 15, what it sends; its manual, RADIUS Authentication",
    ),
    NasProduct(
        key="squid",
        name="Squid (basic_radius_auth)",
        default_timeout_seconds=1,
        default_tries=10,
        longest_timeout_seconds=1,
        preferred_tries=10,
        most_tries=120,
        answers_challenges=False,
        challenge=NOT_SHOWN,
        signs="never",
        steps=(
            Step(
                "squid.conf",
                (
                    "auth_param basic program /usr/lib/squid/basic_radius_auth -h SERVER -w SECRET -i NAME -t $wait",
                    "auth_param basic children 20",
                    "auth_param basic credentialsttl 8 hours",
                ),
            ),
        ),
        cautions=(
            "After credentialsttl the browser sends what was typed once more, an old code too: write a working day.",
            (
                "Each child serves one request: once as many wait as there are children, everybody waits. Where many do,"
                " write `one_at_a_time: true`."
            ),
            UNSEEN_TEXT,
            NO_STATION,
        ),
        measured="squid 5.7-2+deb12u6",
        seen=(
            "A copy each second, the same octets from the same port, to the end of `-t`: 10 s unless it is written.",
            "With `-t 60` an Access-Accept after 25 s lets in, after 24 copies; they made one mail.",
            "User-Name, User-Password, NAS-Port 111, NAS-Port-Type 0, and NAS-Identifier (`-i`) or NAS-IP-Address.",
            "Two children and two held: a third user waited for 7.4 of 8 s.",
            "After a refusal or a challenge the browser asks for name and password again (407).",
        ),
        source="squid 5.7, what its helper sends; squid.conf.documented",
    ),
    NasProduct(
        key="proftpd",
        name="ProFTPD (mod_radius)",
        default_timeout_seconds=5,
        default_tries=1,
        longest_timeout_seconds=5,
        preferred_tries=1,
        most_tries=1,
        most_hold_seconds=4,
        answers_challenges=False,
        challenge=NOT_SHOWN,
        signs="always",
        steps=(
            Step(
                "proftpd.conf; it gives up after 5 s, whatever is written",
                (
                    "RadiusEngine on",
                    "RadiusAuthServer SERVER:1812 SECRET 5",
                    "RadiusOptions IgnoreReplyMessage",
                    "RadiusUserInfo UID GID HOME SHELL",
                ),
            ),
        ),
        cautions=(
            "Without IgnoreReplyMessage a process of it looped until it was killed after some replies that are right.",
            ONLY_LATER,
            UNSEEN_TEXT,
        ),
        measured="proftpd 1.3.8+dfsg-4+deb12u5",
        seen=(
            (
                "One packet a server and 5 s in all: with 40 written, an Access-Accept after 4 s lets in, after 8 and 20 s"
                " `530 Login incorrect.` at 5.1 s."
            ),
            (
                "User-Name, User-Password, NAS-Identifier `ftp`, NAS-IP-Address, NAS-Port (its own), NAS-Port-Type 5,"
                " Calling-Station-Id, Service-Type 1, Acct-Session-Id, Message-Authenticator."
            ),
            "A second server is asked within the same 5 s, with a new Identifier from the same port.",
        ),
        source="proftpd 1.3.8, what it sends; mod_radius manual",
    ),
    NasProduct(
        key="apache",
        name="Apache (mod_auth_radius)",
        default_timeout_seconds=5,
        default_tries=1,
        longest_timeout_seconds=60,
        preferred_tries=1,
        most_tries=1,
        answers_challenges=True,
        challenge="The browser asks for name and password once more, without the text; a code goes in as the password.",
        signs="never",
        steps=(
            Step(
                "the site's configuration: time-out, then copies",
                (
                    "AddRadiusAuth SERVER:1812 SECRET $timeout:$retries",
                    "AddRadiusCookieValid 480",
                    "<Location /PATH>",
                    "    AuthType Basic",
                    '    AuthName "NAME"',
                    "    AuthBasicProvider radius",
                    "    AuthRadiusActive On",
                    "    Require valid-user",
                    "</Location>",
                ),
            ),
        ),
        cautions=(
            "Without AddRadiusCookieValid each file of a page asks anew, with the same code.",
            "The port must be written: otherwise nothing is sent.",
            (
                "What was asked is shown nowhere: tell users that a second question for the password wants the code, and"
                " that after an approval they leave it empty."
            ),
            UNSEEN_TEXT,
            "Debian 12 does not have it.",
        ),
        measured="mod_auth_radius 1.6.1, built from commit f4da396, apache2 2.4.71-1~deb12u1",
        seen=(
            "`5:3` is four packets at 0, 5, 10 and 15 s, the same octets, given up at 20 s.",
            "With a time-out of 50, held for 20 s: 200 after 21.5 s.",
            "User-Name, User-Password, Service-Type 8, NAS-Identifier (the host's name), NAS-IP-Address, Calling-Station-Id.",
            "State comes back in a cookie, altered in all that is no letter; radiusd's are letters.",
            "A success is a cookie: while it lasts nobody is asked.",
        ),
        source="mod_auth_radius 1.6.1, what it sends, and its README",
    ),
    NasProduct(
        key="kamailio",
        name="Kamailio (auth_radius)",
        default_timeout_seconds=10,
        default_tries=4,
        longest_timeout_seconds=60,
        preferred_tries=4,
        most_tries=4,
        answers_challenges=False,
        challenge="None: a SIP phone has no field for it.",
        signs="never",
        speaks="Digest",
        steps=(
            Step(
                "kamailio.cfg: phones prove their password by a digest, so let a table of its own have them",
                ('loadmodule "auth.so"', 'loadmodule "auth_db.so"', 'auth_check("REALM", "subscriber", "1")'),
            ),
            Step(
                "/etc/radcli/radiusclient.conf, for what else asks by radcli",
                ("radius_timeout $timeout", "radius_retries $retries"),
            ),
        ),
        cautions=(
            "A digest (RFC 5090) is a password that no directory can judge and no hash but MD5's: radiusd refuses it at once, whoever asks.",
            "Debian's dictionaries for radcli lack Digest-Response and others: without them Kamailio does not start.",
        ),
        measured="kamailio 5.6.3-2, libradcli4 1.2.11-1+b2, radcli's rc_auth in a program of its own",
        seen=(
            RADCLI_COPIES,
            (
                "User-Name user@realm, Digest-Attributes 207 (eight), Digest-Response 206, Service-Type 15, 208, NAS-Port 5060,"
                " NAS-IP-Address; no User-Password."
            ),
            "radcli judges no Message-Authenticator of a reply.",
        ),
        source="kamailio 5.6.3 and radcli 1.2.11, what they send",
    ),
)
