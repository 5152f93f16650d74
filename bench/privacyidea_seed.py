"""Fills a fresh privacyIDEA: privacyidea_seed.py USERS FOLDER, run by its own interpreter.

Users in a file resolver, a TOTP token each with the PIN 'password' and the same key, which answers the PIN with a
challenge.
"""

import sys
from pathlib import Path

from privacyidea_load import KEY, PERIOD

from privacyidea.app import create_app
from privacyidea.lib.policy import set_policy
from privacyidea.lib.realm import set_default_realm, set_realm
from privacyidea.lib.resolver import save_resolver
from privacyidea.lib.token import init_token
from privacyidea.lib.user import User
from privacyidea.models import db

users, folder = int(sys.argv[1]), Path(sys.argv[2])
names = [f"user{number:06d}" for number in range(users)]
passwd = folder / "passwd"
passwd.write_text(
    "".join(
        f"{name}:x:{10_000 + number}:1000:User {number},,,{name}@example.org:/home/x:/bin/sh\n"
        for number, name in enumerate(names)
    )
)
app = create_app(config_name="production", config_file=str(folder / "app.cfg"), silent=True)
with app.app_context():
    save_resolver({"resolver": "file", "type": "passwdresolver", "fileName": str(passwd)})
    set_realm("bench", [{"name": "file"}])
    set_default_realm("bench")
    set_policy("challenge", scope="authentication", action="challenge_response=totp", active=True)
    for number, name in enumerate(names):
        token = {"type": "totp", "otpkey": KEY.hex(), "pin": "password", "serial": f"T{number:06d}", "timeStep": PERIOD}
        init_token(token, user=User(name, realm="bench"))
    db.session.commit()
