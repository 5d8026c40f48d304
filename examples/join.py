"""A guest in ten lines: takes the host's key, says hello, prints what comes."""
import socket, sys
from cryptography.fernet import Fernet

fernet = Fernet(input("key: "))
with socket.create_connection(("127.0.0.1", int((sys.argv + ["9999"])[1]))) as host:
    host.send(fernet.encrypt(b"hello from Python"))
    while token := host.recv(4096):
        print("host:", fernet.decrypt(token).decode(), flush=True)
