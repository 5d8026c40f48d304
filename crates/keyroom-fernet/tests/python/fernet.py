"""The reference: one question a line, one answer a line, both JSON; bytes are base64."""

import base64
import json
import sys

from cryptography.fernet import Fernet, InvalidToken


def answer(question):
    fernet = Fernet(question["key"])
    data = base64.b64decode(question["data"])
    if question["do"] == "seal":
        iv = base64.b64decode(question["iv"])
        return {"token": fernet._encrypt_from_parts(data, question["now"], iv).decode()}
    try:
        if question["ttl"] is None:
            text = fernet.decrypt(data)
        else:
            text = fernet.decrypt_at_time(data, question["ttl"], question["now"])
    except InvalidToken:
        return {"refused": True}
    return {"text": base64.b64encode(text).decode(), "time": fernet.extract_timestamp(data)}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
