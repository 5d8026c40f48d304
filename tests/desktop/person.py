"""Eyes and hands for tests of the real window: reads it as a screen reader does, moves the mouse as a person does.

One JSON request a line on standard input, one JSON answer a line on standard output. Needs a display, a session bus
and Debian's `python3-gi gir1.2-atspi-2.0 at-spi2-core xdotool`.

  {"do": "find", "pid": 1, "role": "button", "name": "Host a room"}   waits; answers the first match with its box
  {"do": "find", "pid": 1, "part": "hello"}                           waits until something shows this text
  {"do": "tree", "pid": 1}                                            everything there is

All of "role", "name", "named" (a part of the name), "part" (of anything that is read), "selected", "focused" that are given
must fit. What is found stands still: its box was the
same at two looks.
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
PAUSE = 0.05


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
    yield node, depth
    try:
        count = node.get_child_count()
    except GLib.Error:
        return
    for index in range(count):
        try:
            child = node.get_child_at_index(index)
        except GLib.Error:
            continue
        if child is not None:
            yield from nodes(child, depth + 1)


def words(node):
    text = node.get_text_iface()
    return {
        "name": node.get_name() or "",
        "description": node.get_description() or "",
        "text": Atspi.Text.get_text(text, 0, Atspi.Text.get_character_count(text)) if text else "",
    }


def state(node, which):
    return node.get_state_set().contains(getattr(Atspi.StateType, which.upper()))


def box(node):
    area = node.get_component_iface()
    if area is None:
        return None
    extents = Atspi.Component.get_extents(area, Atspi.CoordType.WINDOW)
    return [extents.x, extents.y, extents.width, extents.height]


def described(node):
    shown = {"role": node.get_role_name(), **words(node)}
    shown |= {which: state(node, which) for which in ("focused", "enabled", "selected", "checked")}
    return shown | {"box": box(node)}


def tree(pid):
    for app in applications():
        if app.get_process_id() == pid:
            yield from nodes(app)


def all_of(pid):
    for node, depth in tree(pid):
        try:
            yield {"depth": depth, **described(node)}
        except GLib.Error:
            continue


def matches(request, node):
    if "role" in request and node.get_role_name() != request["role"]:
        return False
    if "name" in request and node.get_name() != request["name"]:
        return False
    if "named" in request and request["named"] not in (node.get_name() or ""):
        return False
    if "part" in request and not any(request["part"] in shown for shown in words(node).values()):
        return False
    return all(state(node, which) == request[which] for which in ("selected", "focused") if which in request)


def first(request):
    for node, _ in tree(request["pid"]):
        try:
            if matches(request, node):
                return node
        except GLib.Error:
            continue
    return None


def looked_at(request):
    """What answers a request now, or nothing."""
    node = first(request)
    if node is None:
        return None
    try:
        before = box(node)
        time.sleep(PAUSE)
        now = described(node)
    except GLib.Error:
        return None
    return {"ok": True, "node": now} if now["box"] == before else None


def answer(request):
    if request["do"] == "tree":
        return {"ok": True, "nodes": list(all_of(request["pid"]))}
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = looked_at(request)
        if found is not None:
            return found
        # The tree has no event that covers every change: look again shortly.
        time.sleep(PAUSE)
    return {"ok": False, "nodes": list(all_of(request["pid"]))}


switch_on()
print("ready", flush=True)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
