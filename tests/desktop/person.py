"""Eyes and hands for tests of the real window: reads it as a screen reader does, moves the mouse as a person does.

One JSON request a line on standard input, one JSON answer a line on standard output. Needs a display, a session bus
and Debian's `python3-gi gir1.2-atspi-2.0 at-spi2-core xdotool`.

  {"do": "find", "pid": 1, "role": "button", "name": "Host a room"}   waits; answers the first match with its box
  {"do": "text", "pid": 1, "part": "hello"}                           waits until something shows this text
  {"do": "tree", "pid": 1}                                            everything there is
"""
import json
import sys
import time
import warnings

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

warnings.simplefilter("ignore", DeprecationWarning)
PATIENCE = 60


def switch_on():
    """Says that a screen reader runs: programs show their trees only then."""
    bus = Gio.bus_get_sync(Gio.BusType.SESSION)
    for name in ("IsEnabled", "ScreenReaderEnabled"):
        value = GLib.Variant("(ssv)", ("org.a11y.Status", name, GLib.Variant("b", True)))
        bus.call_sync(
            "org.a11y.Bus", "/org/a11y/bus", "org.freedesktop.DBus.Properties", "Set",
            value, None, Gio.DBusCallFlags.NONE, -1,
        )


def applications():
    desktop = Atspi.get_desktop(0)
    for index in range(desktop.get_child_count()):
        app = desktop.get_child_at_index(index)
        if app is not None:
            yield app


def nodes(node, depth=0):
    """All of a tree, parents first. What vanishes while it is read is left out."""
    try:
        yield node, depth
        for index in range(node.get_child_count()):
            child = node.get_child_at_index(index)
            if child is not None:
                yield from nodes(child, depth + 1)
    except GLib.Error:
        return


def described(node):
    shown = {"role": node.get_role_name(), "name": node.get_name() or "", "description": node.get_description() or ""}
    text = node.get_text_iface()
    shown["text"] = Atspi.Text.get_text(text, 0, Atspi.Text.get_character_count(text)) if text else ""
    states = node.get_state_set()
    shown["focused"] = states.contains(Atspi.StateType.FOCUSED)
    shown["enabled"] = states.contains(Atspi.StateType.ENABLED)
    area = node.get_component_iface()
    if area:
        box = Atspi.Component.get_extents(area, Atspi.CoordType.WINDOW)
        shown["box"] = [box.x, box.y, box.width, box.height]
    return shown


def tree(pid):
    for app in applications():
        if app.get_process_id() == pid:
            for node, depth in nodes(app):
                try:
                    yield {"depth": depth, **described(node)}
                except GLib.Error:
                    continue


def matches(request, node):
    if "part" in request:
        return any(request["part"] in node[field] for field in ("name", "text", "description"))
    return node["role"] == request["role"] and node["name"] == request["name"]


def answer(request):
    if request["do"] == "tree":
        return {"ok": True, "nodes": list(tree(request["pid"]))}
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        for node in tree(request["pid"]):
            if matches(request, node):
                return {"ok": True, "node": node}
        # The tree has no event that covers every change: look again shortly.
        time.sleep(0.05)
    return {"ok": False, "nodes": list(tree(request["pid"]))}


switch_on()
print("ready", flush=True)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
