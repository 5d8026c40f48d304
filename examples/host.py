"""A host in ten lines: shows a key, takes one guest, prints what it says and answers."""
import socket, sys
from cryptography.fernet import Fernet

with socket.create_server(("127.0.0.1", int((sys.argv + ["9999"])[1]))) as server:
    fernet = Fernet(key := Fernet.generate_key())
    print("key:", key.decode(), flush=True)
    guest, _ = server.accept()
    while token := guest.recv(4096):
        text = fernet.decrypt(token).decode()
        print("guest:", text, flush=True)
        guest.send(fernet.encrypt(f"you said: {text}".encode()))
