"""The servers of the MFA comparison: radiusd with a mailed code or an app's, FreeRADIUS with rlm_python3, and privacyIDEA.

The password of user000000 and so on is 'password', the secret 'testing123', privacyIDEA's PIN 'password' too.
"""

import os
import subprocess
import sys
import time
import venv
from pathlib import Path

import freeradius_conf
import radiusd_setup
from measuring import HERE
from privacyidea_load import KEY, code_of

STEP = (
    1  # seconds of radiusd's authenticators: of 30, one user could sign in twice a minute, and a thousand times as many
)
# users would have to be hashed before the first round. What is done for each code is the same.
PRIVACYIDEA = "3.14"  # whose figures are known; another one is worth a new look at them

YAML = """\
listen: {{authentication: ["127.0.0.1:{port}"], accounting: [], web: [], internal: []}}
database: sqlite:///radiusd.db
key_file: radiusd.key
public_url: http://127.0.0.1:8080
time_zone: UTC
clients:
  bench:
    address: 127.0.0.0/8
    secret: testing123
    application: vpn
    message_authenticator: required
    hold: 30s
directories:
  local: {{type: local}}
mail_servers:
  generator: {{type: generator, port: {codes}}}
profiles:
  second: {second}
policies:
  - {{profile: second, directory: local, attribute: group_name, values: ["admins", "staff*"]}}
applications:
  vpn:
    profiles: [second]
    reply_rules:
      - {{directory: local, attribute: group_name, values: [staff], reply: {{Reply-Message: {reply}}}}}
security: {{password_cache: {cache}}}
blocking: {{enabled: true, failed_attempts: 5, window: 10m, duration: 30m}}
"""

MAILED = "{method: mail_otp, directories: [local], mail_servers: [generator], sends_per_hour: 1000000}"
APP = "{method: soft_otp, directories: [local]}"

PYTHON3 = """\
  python3 {
    python_path = "%(path)s"
    module = mfa_python3
    mod_authorize = mfa_python3
    func_authorize = authorize
  }
"""


def radiusd(folder: Path, port: int, users: int, codes: int, cache: str, *, app: bool = False) -> list[str]:
    """The command that runs it. `cache` is its password_cache: 0s makes every login pay the hash.

    With `app` users have an authenticator in the place of a mailbox, all with the key of privacyidea_load.
    """
    folder.mkdir(parents=True)
    path = folder / "radius.yaml"
    second = APP if app else MAILED
    path.write_text(YAML.format(port=port, codes=codes, cache=cache, second=second, reply=freeradius_conf.REPLY))
    import mfa_radiusd  # noqa: F401 - the `type: generator`, which the configuration names

    radiusd_setup.add_users(path, (f"user{number:06d}" for number in range(users)), mail="example.org")
    if app:
        radiusd_setup.add_apps(path, KEY, STEP)
    return [sys.executable, str(HERE / "mfa_radiusd.py"), "--config", str(path), "run"]


def steps(path: Path, seconds: int = 7200) -> Path:
    """Writes the codes of those authenticators from now on, as radload reads them."""
    first = int(time.time() // STEP)
    codes = (code_of(step) for step in range(first, first + seconds // STEP))
    path.write_text("\n".join([f"{first} {STEP}", *codes]) + "\n")
    return path


def freeradius(folder: Path, port: int, users: int, codes: int) -> list[str]:
    """The command that runs it. Its configuration is that of the other comparisons, with the module for a source."""
    folder.mkdir(parents=True)
    os.environ.update(BENCH_USERS=str(users), BENCH_CODES=str(codes))
    out = ["/usr/bin/python3", "-c", "import sys; print(':'.join(path for path in sys.path if path))"]
    theirs = subprocess.run(out, capture_output=True, text=True, check=True, cwd="/", env={}).stdout.strip()
    modules = PYTHON3 % {"path": f"{folder}:{freeradius_conf.STOCK}/mods-config/python3:{theirs}"}
    # The module alone: a folder of its own, or FreeRADIUS finds other modules beside it.
    (folder / "mfa_python3.py").write_text((HERE / "mfa_python3.py").read_text())
    conf = freeradius_conf.CONF % {
        "folder": folder, "stock": freeradius_conf.STOCK, "modules": modules, "port": port, "source": "python3",
        "post_auth": "",
    }  # fmt: skip
    conf = conf.replace("    python3\n    pap\n", "    python3\n")
    (folder / "radiusd.conf").write_text(conf)
    return ["freeradius", "-f", "-d", str(folder)]


def privacyidea_environment(cache: Path) -> Path:
    """The folder of its programs, installed from PyPI into `cache` where it is not there yet."""
    place = cache / f"privacyidea-{PRIVACYIDEA}"
    if not (place / "bin" / "pi-manage").exists():
        print(f"installing privacyIDEA {PRIVACYIDEA} into {place}", flush=True)
        venv.create(place, with_pip=True)
        packages = [f"privacyidea=={PRIVACYIDEA}", "gunicorn"]
        subprocess.run([place / "bin" / "pip", "install", "--quiet", *packages], check=True)
    return place / "bin"


def privacyidea(folder: Path, port: int, users: int, programs: Path) -> list[str]:
    """The command that runs it: gunicorn with two workers on SQLite, TOTP tokens, the PIN under radiusd's own hash."""
    folder.mkdir(parents=True)
    (folder / "app.cfg").write_text(
        f"""\
PI_PEPPER = 'bench'
PI_ENCFILE = '{folder}/enckey'
PI_LOGFILE = '{folder}/app.log'
PI_LOGLEVEL = 30
PI_AUDIT_KEY_PRIVATE = '{folder}/private.pem'
PI_AUDIT_KEY_PUBLIC = '{folder}/public.pem'
PI_HASH_ALGO_PARAMS = {{'argon2__rounds': 2, 'argon2__memory_cost': 19456, 'argon2__parallelism': 1}}
SUPERUSER_REALM = ['super']
SECRET_KEY = 'for-this-comparison-only-0123456789abcdef'
SQLALCHEMY_DATABASE_URI = 'sqlite:///{folder}/app.db'
"""
    )
    os.environ["PRIVACYIDEA_CONFIGFILE"] = str(folder / "app.cfg")
    with (folder / "setup.log").open("w") as log:
        for step in ("create_enckey", "create_audit_keys", "create_tables"):
            subprocess.run([programs / "pi-manage", "setup", step], check=True, stdout=log, stderr=log)
        seed = [programs / "python", str(HERE / "privacyidea_seed.py"), str(users), str(folder)]
        subprocess.run(seed, check=True, stdout=log, stderr=log)
    make = f"privacyidea.app:create_app(config_name='production',config_file='{folder}/app.cfg',silent=True)"
    return [str(programs / "gunicorn"), "-w", "2", "-b", f"127.0.0.1:{port}", "--log-level", "warning", make]
