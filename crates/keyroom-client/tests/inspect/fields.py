"""Fields of Fernet tokens, found by Python: one line in (key, token), one line out (fields in hexadecimal)."""

import base64
import struct
import sys

from cryptography.fernet import Fernet, InvalidToken

for line in sys.stdin:
    key, token = line.split()
    raw = base64.urlsafe_b64decode(token)
    version, time = struct.unpack(">BQ", raw[:9])
    fernet = Fernet(key)
    try:
        text = fernet.decrypt(token.encode()).hex() or "-"
        assert fernet.extract_timestamp(token.encode()) == time
    except InvalidToken:
        text = "refused"
    print(version, time, raw[9:25].hex(), raw[25:-32].hex(), raw[-32:].hex(), text, flush=True)
