"""The hall whose power is cut: two queues, two windows, a coordinator and a node beside it."""

from __future__ import annotations

SITE = """
[site]
id = "powercut"
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

[[windows]]
id = "1"
label = "1"
name = "综合窗口"
queues = ["social", "tax"]

[[windows]]
id = "2"
label = "2"
name = "社保窗口"
queues = ["social"]

[[notices]]
text = "欢迎光临"

[[nodes]]
id = "core"

[[nodes]]
id = "east"

[[ports]]
id = "line"
node = "east"
url = "/dev/serial/by-path/line"

[[devices]]
id = "keypad-1"
kind = "keypad"
port = "line"
window = "1"
address = 1
"""
