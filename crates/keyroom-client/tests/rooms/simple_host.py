"""A host as beginners write it: one guest, one recv(4096) is one message, and an answer to each."""
import socket
from cryptography.fernet import Fernet

fernet = Fernet(input())
with socket.create_server(("127.0.0.1", 0)) as server:
    print("port:", server.getsockname()[1], flush=True)
    guest, _ = server.accept()
    while token := guest.recv(4096):
        text = fernet.decrypt(token).decode()
        guest.sendall(fernet.encrypt(f"you said: {text}".encode()))
