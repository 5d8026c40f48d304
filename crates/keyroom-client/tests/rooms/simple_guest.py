"""A guest as beginners write it: one recv(4096) is one message."""
import socket, sys
from cryptography.fernet import Fernet

fernet = Fernet(input())
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as host:
    while token := host.recv(4096):
        if token.count(b"gAAAAA") > 1:  # what a beginner's script would not look at
            sys.exit(print("late", flush=True))
        print(fernet.decrypt(token).decode(), flush=True)
