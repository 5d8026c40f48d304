"""A plain relay of tokens: what comes from one peer is written to all others. One thread, selectors."""
import selectors, socket

ready, peers = selectors.DefaultSelector(), {}  # a dict keeps the order in which they came
server = socket.create_server(("127.0.0.1", 0), backlog=1024)
ready.register(server, selectors.EVENT_READ)
print("port:", server.getsockname()[1], flush=True)
while True:
    for key, _ in ready.select():
        if key.fileobj is server:
            peer, _ = server.accept()
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peers[peer] = None
            ready.register(peer, selectors.EVENT_READ)
            continue
        token = key.fileobj.recv(4096)
        if not token:
            ready.unregister(key.fileobj)
            peers.pop(key.fileobj)
            continue
        for peer in peers:
            if peer is not key.fileobj:
                peer.sendall(token)
