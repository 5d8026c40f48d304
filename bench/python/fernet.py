"""Times Python's own Fernet: a line `OP BYTES COUNT` is answered with seconds for COUNT calls."""

import base64
import sys
import time

from cryptography.fernet import Fernet

KEY = base64.urlsafe_b64encode(bytes(range(32)))
IV = bytes(16)
fernet = Fernet(KEY)

for line in sys.stdin:
    op, size, count = line.split()
    text = b"x" * int(size)
    token = fernet.encrypt(text)
    call = {
        "seal": lambda: fernet.encrypt(text),
        "seal-parts": lambda: fernet._encrypt_from_parts(text, 1_795_467_600, IV),
        "open": lambda: fernet.decrypt(token),
    }[op]
    rounds = range(int(count))
    start = time.perf_counter()
    for _ in rounds:
        call()
    print(time.perf_counter() - start, flush=True)
