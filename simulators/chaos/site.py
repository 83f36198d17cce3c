"""The hall that is tormented: a coordinator, and two nodes with two windows and a ticket machine each."""

from __future__ import annotations

NODES = ("core", "east", "west")
COORDINATOR = "core"
SITE = "chaos"

_HEAD = """
[site]
id = "chaos"
name = "便民服务站"
coordinator = "core"

[[queues]]
id = "social"
name = "社保"
prefix = "A"

[[queues]]
id = "tax"
name = "税务"
prefix = "B"

[[services]]
id = "pension"
name = "养老金"
queue = "social"
code = "101"

[[services]]
id = "invoice"
name = "发票"
queue = "tax"
code = "201"

[[notices]]
text = "欢迎光临"

[[nodes]]
id = "core"
"""

_NODE = """
[[nodes]]
id = "{node}"

[[ports]]
id = "{node}-line"
node = "{node}"
url = "/dev/serial/by-path/{node}-line"
baud = 38400

[[ports]]
id = "{node}-lobby"
node = "{node}"
url = "/dev/serial/by-path/{node}-lobby"

[[ports]]
id = "{node}-paper"
node = "{node}"
url = "/dev/serial/by-path/{node}-paper"

[[devices]]
id = "{node}-tickets"
kind = "keypad"
port = "{node}-lobby"
use = "tickets"
address = 100

[[devices]]
id = "{node}-printer"
kind = "printer"
port = "{node}-paper"
"""

_WINDOW = """
[[windows]]
id = "{window}"
label = "{window}"
name = "{window} 号综合窗口"
queues = ["social", "tax"]

[[devices]]
id = "keypad-{window}"
kind = "keypad"
port = "{node}-line"
window = "{window}"
address = {window}

[[devices]]
id = "evaluator-{window}"
kind = "evaluator"
port = "{node}-line"
window = "{window}"
address = {evaluator}
commit_ms = 300

[[devices]]
id = "strip-{window}"
kind = "strip"
port = "{node}-line"
window = "{window}"
address = {strip}
"""


def site_toml() -> str:
    """The site file."""
    text = _HEAD
    for node, windows in (("east", (1, 2)), ("west", (3, 4))):
        text += _NODE.format(node=node)
        for window in windows:
            text += _WINDOW.format(node=node, window=window, evaluator=window + 10, strip=window + 20)
    return text
