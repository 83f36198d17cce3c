"""A clerk's keypad of your own, made from docs/asyncapi.yaml alone. Needs only: pip install paho-mqtt.

    python stranger_keypad.py 127.0.0.1 1883 chaotian w12

Type a key and Enter: 1 next, 2 call again, 3 citizen is here, 4 did not come, 5 ask for a rating, 6 done.
Ctrl-D ends. docs/contract.md explains what is said here.
"""
# ruff: noqa: T201

import itertools
import json
import sys
import time
import uuid

import paho.mqtt.client as mqtt

KEYS = {"1": "call_next", "2": "recall", "3": "begin", "4": "no_show", "5": "ask_rating", "6": "finish"}
host, port, site, window = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
node = f"pad-{window}"  # our own branch: hall/1/{site}/{node}/… is written by nobody else
branch = f"hall/1/{site}/{node}"
start = uuid.uuid4().hex[:8]  # request ids never repeat, not even after a restart


def life(state):
    return json.dumps({"type": "life", "state": state, "instance": start})


def on_connect(client, *_):
    client.subscribe([(f"hall/1/{site}/+/answer/{node}", 1), (f"hall/1/{site}/+/state/window/{window}", 1)])
    client.publish(f"{branch}/life", life("ready"), qos=1, retain=True)


def on_message(_client, _data, message):
    said = json.loads(message.payload)
    if said["type"] == "answer" and said["code"] != "ok":
        print(said.get("text", ""), said.get("text_en", said["code"]), flush=True)
    elif said["type"] == "window_state":
        print(said["phase"], said.get("ticket", "-"), "waiting", said.get("waiting", 0), flush=True)


pad = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"{site}.{node}")
pad.on_connect, pad.on_message = on_connect, on_message
pad.will_set(f"{branch}/life", life("lost"), qos=1, retain=True)
pad.connect(host, port, keepalive=10)
pad.loop_start()
for number, key in zip(itertools.count(1), sys.stdin, strict=False):
    if key.strip() in KEYS:
        deadline_ms = int(time.time() * 1000) + 4000  # too late for this press after that
        ask = {
            "type": KEYS[key.strip()],
            "id": f"{start}-{number}",
            "deadline_ms": deadline_ms,
            "window": window,
        }
        pad.publish(f"{branch}/request", json.dumps(ask), qos=1)
pad.publish(f"{branch}/life", life("disconnected"), qos=1, retain=True).wait_for_publish(2)
pad.disconnect()
pad.loop_stop()
