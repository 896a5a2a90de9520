#!/usr/bin/python3
"""Opens Gajim as a user of the running demo: npm run gajim [alice|bob].

Makes a profile of its own for the user below var/ (the Gajim you may use otherwise is not touched), with the
demo's certificate in Gajim's "Client Certificate" setting and the demo's server trusted, and starts Gajim on it
through gajim-launcher.py, which makes that setting take effect. Removing the profile's folder starts afresh.
"""

import argparse
import json
import os
import shutil
import sqlite3
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = Path(__file__).resolve().with_name("gajim-launcher.py")
# Debian's Python is the one that Debian's Gajim is installed for, whatever comes first in PATH.
PYTHON = "/usr/bin/python3"
P12_PASSWORD = "signet"
# The version of the settings file that Gajim 1.7 writes.
SETTINGS_VERSION = 5
USERS = {"alice": "bob", "bob": "alice"}


def parse_arguments():
    parser = argparse.ArgumentParser(prog="npm run gajim", description="Gajim as a user of the running demo")
    parser.add_argument("user", nargs="?", default="alice", choices=USERS)
    parser.add_argument("--port", type=int, help="the demo's port, if not the usual one")
    parser.add_argument("--direct-tls", action="store_true", help="TLS from the first byte, on port 5223")
    parser.add_argument("--cert", type=Path, help="another certificate to show: PKCS #12, or PEM with its key")
    parser.add_argument("--dir", type=Path, default=ROOT / "certs", help="the demo's certificates")
    parser.add_argument("--profile", type=Path, help="folder of the profile")
    parser.add_argument("--prepare", action="store_true", help="make the profile and start nothing")
    return parser.parse_args()


def account(user, certificate, port, direct_tls):
    return {
        "name": user,
        "hostname": "localhost",
        "account_label": f"{user}@localhost",
        "active": True,
        "autoconnect": True,
        "client_cert": str(certificate),
        "use_custom_host": True,
        "custom_host": "127.0.0.1",
        "custom_port": port or (5223 if direct_tls else 5222),
        "custom_type": "DIRECT TLS" if direct_tls else "START TLS",
    }


def write_settings(path, name, own, contact):
    """The first time only: afterwards the settings are the user's, but for the account's own."""
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE IF NOT EXISTS settings (name TEXT UNIQUE, settings TEXT)")
        database.execute("CREATE TABLE IF NOT EXISTS account_settings (account TEXT UNIQUE, settings TEXT)")
        database.execute(f"PRAGMA user_version = {SETTINGS_VERSION}")
        chat = {"account": name, "jid": contact, "type": "chat", "pinned": False, "position": -1}
        workspace = {"name": "Signet", "color": "#3a6ea5", "avatar_sha": "", "chats": [chat]}
        first = {
            "app": {"use_keyring": False, "check_for_update": False},
            "workspaces": {"c0ffee00-0000-4000-8000-000000000000": workspace},
            "soundevents": {},
            "status_presets": {},
            "proxies": {},
            "plugins": {},
        }
        rows = [(key, json.dumps(value)) for key, value in first.items()]
        database.executemany("INSERT OR IGNORE INTO settings VALUES (?, ?)", rows)
        settings = {"account": own, "contact": {}, "group_chat": {}}
        database.execute("INSERT OR REPLACE INTO account_settings VALUES (?, ?)", (name, json.dumps(settings)))


def prepare(arguments, profile):
    certificate = (arguments.cert or arguments.dir / f"{arguments.user}.p12").resolve()
    server = arguments.dir.resolve() / "server.pem"
    for path in (certificate, server):
        if not path.exists():
            sys.exit(f"There is no {path}. The demo makes it; start it in another terminal: npm start")
    trusted = profile / "cert_store"
    trusted.mkdir(parents=True, exist_ok=True)
    # Only the server's own certificate in this folder keeps Gajim from asking; its CA would not.
    shutil.copyfile(server, trusted / "server")
    own = account(arguments.user, certificate, arguments.port, arguments.direct_tls)
    write_settings(profile / "settings.sqlite", f"{arguments.user}@localhost", own, f"{USERS[arguments.user]}@localhost")


def main():
    arguments = parse_arguments()
    profile = arguments.profile or ROOT / "var" / f"gajim-{arguments.user}"
    if not arguments.prepare:
        if os.geteuid() == 0:
            sys.exit("Gajim refuses to run as root; run this as another user.")
        if shutil.which("gajim") is None:
            sys.exit("Gajim is not installed. On Debian: sudo apt install gajim")
    prepare(arguments, profile)
    if arguments.prepare:
        return
    os.environ["GAJIM_CERT_PASS"] = P12_PASSWORD
    os.execv(PYTHON, [PYTHON, str(LAUNCHER), "-c", str(profile)])


if __name__ == "__main__":
    main()
