"""The live view of a demonstration in a terminal: board, windows, queues, ratings, nodes."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Group
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from simulators.demo.observer import Observer
from simulators.demo.processes import Processes
from simulators.demo.stage import Place
from simulators.demo.world import World

_COLOURS = {"red": "bold red", "green": "bold green", "yellow": "bold yellow"}
_STARS = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}


class View:
    """Draws the whole picture anew from what the twins show and the observer heard."""

    def __init__(self, world: World, observer: Observer, processes: Processes, url: str = "") -> None:
        """`url`: where the same hall can be seen in a browser."""
        self._world = world
        self._observer = observer
        self._processes = processes
        self._url = url

    def __rich__(self) -> Layout:
        layout = Layout()
        layout.split_column(
            Layout(self._head(), size=3),
            Layout(name="middle"),
            Layout(self._nodes(), size=len(self._processes.nodes) + 2),
        )
        layout["middle"].split_row(Layout(self._windows(), ratio=3), Layout(self._side(), ratio=2))
        return layout

    def _head(self) -> Panel:
        plan = self._world.plan
        clock = time.strftime(
            "%H:%M:%S", time.gmtime(self._world.hall_s() + plan.site.hours.utc_offset_min * 60)
        )
        seen = self._world.seen
        text = Text.assemble(
            (plan.site.site.name, "bold"),
            f"  {clock}  ×{self._world.pace.speed:g}   ",
            f"取号 {len(seen.papers)}  叫号 {len(self._observer.calls)}  评价 {len(self._observer.ratings)}",
            f"  过号 {seen.no_shows}   MQTT {self._observer.messages}   {self._url}",
        )
        return Panel(text, style="blue")

    def _windows(self) -> Panel:
        table = Table(expand=True, box=None, pad_edge=False)
        for name in ("窗口", "窗口屏 (LED)", "按键器", "评价器"):
            table.add_column(name, no_wrap=True)
        for window in self._world.plan.windows:
            table.add_row(*self._window(self._world.stage.places[window]))
        return Panel(table, title="窗口 windows: what the twins show")

    def _window(self, place: Place) -> tuple[Any, ...]:
        strip = Text()
        if place.strip is not None:
            for piece in place.strip.segments:
                strip.append(piece.text, style=_COLOURS.get(piece.colour, ""))
        keypad = place.keypad.face if place.keypad else ("按钮" if place.button else "")
        pad = place.evaluator.face if place.evaluator else ""
        return place.label, strip, Text(keypad), Text(pad)

    def _side(self) -> Group:
        return Group(self._board(), self._queues(), self._ratings())

    def _board(self) -> Panel:
        calls = Table(expand=True, box=None, show_header=False)
        for call in self._observer.board[:6]:
            calls.add_row(Text(call["ticket"], style="bold yellow"), f"→ {call['label']} 号窗口")
        return Panel(calls, title="大厅屏 board")

    def _queues(self) -> Panel:
        table = Table(expand=True, box=None)
        for name in ("队列", "人", "约需分钟"):
            table.add_column(name, no_wrap=True)
        busy = [
            one for one in self._observer.queues.values() if one.get("waiting") or one.get("windows_open")
        ]
        for queue in busy[:12]:
            low, high = queue.get("wait_low_s", 0) // 60, -(-queue.get("wait_high_s", 0) // 60)
            table.add_row(queue["name"], str(queue.get("waiting", 0)), f"{low}–{high}" if high else "—")
        return Panel(table, title="队列 queues")

    def _ratings(self) -> Panel:
        levels = self._observer.levels
        return Panel(
            "  ".join(f"{name} {levels[level]}" for level, name in _STARS.items()), title="评价 ratings"
        )

    def _nodes(self) -> Panel:
        table = Table(expand=True, box=None, show_header=False)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        for node in self._processes.nodes:
            life = self._observer.lives.get(node.name, "—")
            table.add_row(f"{node.name} {life}", Text(node.last, overflow="ellipsis"))
        return Panel(table, title="节点 nodes")
