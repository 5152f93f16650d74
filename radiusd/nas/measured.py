"""Programs that were run against a server that logged every octet, and what was seen of them. Only data.

Debian 12, loopback addresses; `measured` has the versions. What was read in a source or a manual, and not seen, says so.
"""

from __future__ import annotations

from radiusd.nas.product import NasProduct, Step

NOT_SHOWN = "None: an Access-Challenge counts as a refusal."
UNSEEN_TEXT = "The text of a refusal is shown to nobody."
ONLY_LATER = (
    "Whoever needs an approval signs in again once it was given; a code is typed behind the password. Let its message leave"
    " in time: `send_within: 2s` of the profile."
)
NO_STATION = "It sends no Calling-Station-Id: two sign-ins of one user cannot be told apart."
RADCLI_COPIES = "Copies at 0, 10, 20 and 30 s, the same octets from the same port; it gives up after 40 s."

MEASURED = (
    NasProduct(
        key="ocserv",
        name="OpenConnect server (ocserv)",
        default_timeout_seconds=10,
        default_tries=4,
        longest_timeout_seconds=60,
        preferred_tries=4,
        most_tries=4,
        answers_challenges=True,
        challenge="The text of Reply-Message and one field, which does not show what is typed.",
        signs="never",
        one_at_a_time=True,
        steps=(
            Step("/etc/radcli/radiusclient.conf", ("radius_timeout $timeout", "radius_retries $retries")),
            Step(
                "ocserv.conf",
                (
                    'auth = "radius[config=/etc/radcli/radiusclient.conf,groupconfig=true,nas-identifier=NAME]"',
                    "sec-mod-scale = 4",
                    "auth-timeout = 240",
                ),
            ),
        ),
        cautions=(
            (
                "Another user waits in the TLS handshake already while one is waited for. sec-mod-scale spreads users over"
                " processes, by their address and port: who meets a busy one waits all the same."
            ),
            "It asks the first server of its list first, every time: one that is down costs everybody all its tries.",
            "radius_retries 0 keeps it from starting.",
            "The text of a refusal is shown at the password, and not after a challenge.",
            "max-ban-score: Debian's file lets an address in again only after a while, once it failed 8 times.",
        ),
        measured="ocserv 1.1.6-3, libradcli4 1.2.11-1+b2, openconnect 9.01-3",
        seen=(
            RADCLI_COPIES,
            (
                "User-Name, User-Password, NAS-IP-Address, Calling-Station-Id (the user's address), Connect-Info, Service-Type"
                " 8, NAS-Port-Type 0; NAS-Identifier where it is set. No NAS-Port."
            ),
            "16 challenges one after the other; an empty answer is a User-Password of no octets.",
            "An Access-Challenge without Reply-Message ends the sign-in.",
            "Held for 18 s by radiusd: in. A newcomer who came 2 s into a wait of 20 s was served after 18 s.",
            "Framed-IP-Address with groupconfig=true only, also outside its own network; the group comes from Class.",
            "Session-Timeout is honoured, Idle-Timeout and Acct-Interim-Interval are not. A reconnection asks nothing.",
        ),
        source="ocserv 1.1.6 and radcli 1.2.11, what they send",
    ),
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
        key="pppd",
        name="pppd (radius.so: PPTP, L2TP, PPPoE)",
        default_timeout_seconds=10,
        default_tries=3,
        longest_timeout_seconds=10,
        preferred_tries=3,
        most_tries=3,
        most_hold_seconds=25,
        user_waits_seconds=30,
        answers_challenges=False,
        challenge="Its text reaches the user's program, and counts as a refusal.",
        signs="never",
        steps=(
            Step("/etc/radcli/radiusclient.conf", ("radius_timeout $timeout", "radius_retries $tries")),
            Step("/etc/ppp/options", ("plugin radius.so", "require-pap", "refuse-chap", "refuse-mschap-v2")),
        ),
        cautions=(
            "The user's program gives up after 30 s, counted from its first PAP request: longer time-outs help nobody.",
            "radius_retries 3 is three packets here, and four in ocserv, which reads the same file.",
            "It sends no Calling-Station-Id without the option remotenumber.",
            "Its accounting: two sessions that begin within one second have the same Acct-Session-Id.",
        ),
        measured="ppp 2.4.9-1+1.1+b1, PAP; real daemons on both ends, the kernel's device replaced",
        seen=(
            "Packets at 0, 10 and 20 s, given up at 30 s, the same octets from the same port.",
            "Service-Type 2, Framed-Protocol 1, User-Name, User-Password, NAS-IP-Address 127.0.0.1, NAS-Port 0.",
            "The user's program repeats its request every 3 s; held for 20 s by radiusd: in.",
            "Framed-IP-Address is what the user gets; Session-Timeout ends the session; Reply-Message of a refusal is shown.",
        ),
        source="ppp 2.4.9, what it sends; pppd-radius(8)",
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
    NasProduct(
        key="freeradius",
        name="FreeRADIUS as a proxy",
        default_timeout_seconds=30,
        default_tries=1,
        longest_timeout_seconds=30,
        preferred_tries=1,
        most_tries=1,
        most_hold_seconds=25,
        answers_challenges=True,
        challenge="Passed on, with its State: what the NAS behind it does.",
        signs="always",
        steps=(
            Step(
                "proxy.conf",
                (
                    "home_server radiusd {",
                    "    type = auth",
                    "    ipaddr = SERVER",
                    "    secret = SECRET",
                    "    response_window = $timeout",
                    "    status_check = status-server",
                    "}",
                ),
            ),
        ),
        cautions=(
            (
                "`response_window` is cut to `max_request_time`, 30 s; a server that was silent for longer is taken for dead,"
                " and everybody is refused for minutes."
            ),
            "Let users who wait for a decision go to a `home_server` entry of their own.",
            "The NAS behind it must wait as well; see its page.",
            "Over TLS `status_check` is to be left out before 3.2.3: it sends what is no TLS.",
        ),
        measured="FreeRADIUS 3.2.1+dfsg-4+deb12u1, values from its -X",
        seen=(
            (
                "It sends again only when the NAS does, the same octets with the same Identifier; each copy starts the 30 s anew:"
                " held for 40 s with copies every 5 s, accepted; without copies refused at 30 s."
            ),
            "Message-Authenticator in each request it passes on, and Proxy-State, which is the NAS's Identifier.",
            "Held for 25 s: answered, and others beside it at once.",
            "After 30 s the NAS gets an Access-Reject without text; after 40 s without any answer all are refused for 300 s.",
        ),
        source="FreeRADIUS 3.2.1, what it sends; proxy.conf",
    ),
    NasProduct(
        key="radsecproxy",
        name="radsecproxy",
        default_timeout_seconds=5,
        default_tries=3,
        longest_timeout_seconds=60,
        preferred_tries=3,
        most_tries=3,
        answers_challenges=True,
        challenge="Passed on, with its State: what the NAS behind it does.",
        signs="never",
        steps=(
            Step(
                "radsecproxy.conf, over UDP (RetryInterval 1 to 60)",
                (
                    "server radiusd {",
                    "    type udp",
                    "    host SERVER",
                    "    secret SECRET",
                    "    RetryInterval $timeout",
                    "    RetryCount $retries",
                    "    StatusServer on",
                    "}",
                ),
            ),
        ),
        cautions=(
            "It signs nothing by itself before 1.10.1, and hands on what the NAS signed, signed anew.",
            "With `limit_proxy_state: true` what came through a further proxy and is not signed is dropped.",
            "With two servers all new requests go to the second once one was held for 10 s.",
            "The NAS behind it must wait as well; see its page.",
        ),
        measured="radsecproxy 1.9.2-2+deb12u1, UDP to UDP, and UDP to TLS",
        seen=(
            "Over UDP it sends again at about 5 and 10 s, the same octets, and drops what is answered after 15 s.",
            (
                "Copies of the NAS within 10 s are swallowed; one that comes later is a new request with another Identifier"
                " and Authenticator."
            ),
            "Over TLS it never sends again and forgets a request after 10 s; with `RetryInterval 60` held for 40 s: passed on.",
            "256 requests are under way to a server at most; what is more is dropped.",
            "User-Name, Calling-Station-Id and NAS-Identifier as they came; no Proxy-State of its own.",
        ),
        source="radsecproxy 1.9.2, what it sends; radsecproxy.conf(5)",
    ),
    NasProduct(
        key="hostapd",
        name="hostapd (macaddr_acl=2)",
        most_hold_seconds=25,
        default_timeout_seconds=3,
        default_tries=4,
        backoff=2.0,
        longest_timeout_seconds=3,
        preferred_tries=4,
        most_tries=4,
        answers_challenges=False,
        challenge=NOT_SHOWN,
        signs="always",
        steps=(
            Step(
                "hostapd.conf",
                (
                    "macaddr_acl=2",
                    "nas_identifier=NAME",
                    "auth_server_addr=SERVER",
                    "auth_server_port=1812",
                    "auth_server_shared_secret=SECRET",
                ),
            ),
            Step(
                "a user for each device, whose name and password are its MAC address in small letters without colons; as a"
                " hash, since `user add` refuses a password that is the name",
                (
                    "{",
                    "    echo username,password_hash",
                    '    for mac in 02005e005301 02005e005302; do echo "$$mac,$$(openssl passwd -6 $$mac)"; done',
                    "} > devices.csv",
                    "radiusd user import devices.csv",
                ),
            ),
        ),
        cautions=(
            (
                "Only whether a device may join is asked so: a MAC address is seen and copied by anybody near. Give these users"
                " an application of their own, with the password alone and a network that may do little."
            ),
            "Users of a Wi-Fi (ieee8021x, WPA-Enterprise) come by EAP, which radiusd refuses.",
            "Its time-outs cannot be set: a request that waits for a person is of no use here.",
            "It keeps an answer for 30 s, and a question no longer (read in its source): a removed user is out after that.",
        ),
        measured="hostapd 2.10-12+deb12u3, wired driver; the request of macaddr_acl=2 was read in its source, not seen",
        seen=(
            "Copies at 0, 3, 9 and 21 s, then the second server, after 45 s; the same octets from the same port.",
            (
                "NAS-IP-Address, NAS-Identifier, Called-Station-Id, NAS-Port-Type 19, Calling-Station-Id `02-00-5E-00-53-01`,"
                " Connect-Info, Message-Authenticator last."
            ),
            "A reply without Message-Authenticator is dropped; radiusd signs every one.",
        ),
        source="hostapd 2.10, what it sends, its source and hostapd.conf",
    ),
)
