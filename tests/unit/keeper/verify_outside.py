"""A checkpoint and its ledger verified by a program that is not ours: Python reads the SQLite file,
computes the RFC 6962 root by its recursive definition, takes the signed note apart, and OpenSSL
verifies the Ed25519 signature. Prints TAP. Usage: verify_outside.py OUTSIDE_LEDGER_PROGRAM"""
import base64
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

ENTRIES = 173
number = 0
failed = False


def report(good, name):
    global number, failed
    number += 1
    failed = failed or not good
    print(f"{'' if good else 'not '}ok {number} - {name}")


def sha256(data):
    return hashlib.sha256(data).digest()


def root_of(leaves):
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\1" + root_of(leaves[:split]) + root_of(leaves[split:]))


def openssl_verifies(folder, public_key, body, signature):
    # An Ed25519 public key in DER is this head (RFC 8410) and the 32 bytes.
    der = bytes.fromhex("302a300506032b6570032100") + public_key
    names = [os.path.join(folder, name) for name in ("key.der", "body", "signature")]
    for name, data in zip(names, (der, body, signature)):
        with open(name, "wb") as file:
            file.write(data)
    done = subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER",
                           "-inkey", names[0], "-in", names[1], "-sigfile", names[2]],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def check(folder):
    made = subprocess.run([sys.argv[1], folder, str(ENTRIES)], stdout=subprocess.PIPE, check=True)
    key_name, key_hash, key_code = made.stdout.decode().strip().split("+", 2)
    tagged = base64.b64decode(key_code, validate=True)
    report(len(tagged) == 33 and tagged[0] == 1, "the verifier key is an Ed25519 key")
    digest = sha256(key_name.encode() + b"\n" + tagged)[:4]
    report(digest.hex() == key_hash, "the key's hash fits its name and bytes")

    ledger = sqlite3.connect(os.path.join(folder, "ledger"))
    leaves = [bytes(row[0]) for row in ledger.execute("SELECT leaf FROM entry ORDER BY sequence")]
    note = bytes(ledger.execute("SELECT note FROM checkpoint ORDER BY size DESC").fetchone()[0])
    ledger.close()
    body, signatures = note.rsplit(b"\n\n", 1)
    body += b"\n"
    origin, size, root, end = body.decode().split("\n")
    report(origin == key_name and end == "", "the note begins with its origin")
    report(int(size) == len(leaves) == ENTRIES, "the note counts the entries")
    report(base64.b64decode(root, validate=True) == root_of(leaves),
           "the root is that of the leaves in the file")
    dash, name, code = signatures.decode().rstrip("\n").split(" ")
    signed = base64.b64decode(code, validate=True)
    report(dash == "\u2014" and name == key_name and signed[:4] == digest and len(signed) == 68,
           "the signature line names the key")
    if shutil.which("openssl"):
        report(openssl_verifies(folder, tagged[1:], body, signed[4:]),
               "OpenSSL verifies the signature")
        report(not openssl_verifies(folder, tagged[1:], body.replace(b"173", b"172"), signed[4:]),
               "OpenSSL refuses the signature over another size")
    else:
        report(True, "OpenSSL verifies the signature # SKIP there is no openssl program here")


with tempfile.TemporaryDirectory() as temporary:
    check(temporary)
print(f"1..{number}")
sys.exit(1 if failed else 0)
