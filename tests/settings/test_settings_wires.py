"""Addresses, printers, buttons and lines; and that one mistake hides no other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge.settings.load import examine

Spoilt = Callable[[str, str], str]

DEVICE = "address = 1\n"
MORE_PORTS = '[[ports]]\nid = "p"\nnode = "core"\nurl = "/dev/serial/by-path/two"\n'
PRINTER = '[[devices]]\nid = "printer"\nkind = "printer"\nport = "p"\n'
TICKET_KEYS = (
    '[[ports]]\nid = "q"\nnode = "core"\nurl = "/dev/serial/by-path/three"\n'
    '[[devices]]\nid = "keys"\nkind = "keypad"\nport = "q"\nuse = "tickets"\naddress = 9\n'
)
STRIP = '[[devices]]\nid = "strip"\nkind = "strip"\nport = "line"\nwindow = "1"\naddress = 1\n'


def told(text: str) -> list[str]:
    return [str(one) for one in examine(text, "x.toml").problems]


def test_an_unlike_name_among_many_is_told_their_number(good: str) -> None:
    nodes = "".join(f'[[nodes]]\nid = "node-{at}"\n' for at in range(12))
    text = good.replace('coordinator = "core"', 'coordinator = "zz"') + nodes
    assert told(text) == ['x.toml:4: [site]: unknown node "zz"; there are 13, none like it']


def test_two_printers_make_a_ticket_keypad_say_which(spoilt: Spoilt) -> None:
    second = MORE_PORTS.replace('"p"', '"p2"').replace("two", "four")
    second += '[[devices]]\nid = "printer-2"\nkind = "printer"\nport = "p2"\n'
    text = spoilt(DEVICE, DEVICE + MORE_PORTS + PRINTER + second + TICKET_KEYS)
    assert told(text) == [
        'x.toml:55: [[devices]] "keys": its node has 2 printers; '
        "say where its tickets come out: printer = ..."
    ]
    assert told(text + 'printer = "printer-2"\n') == []


def evaluator(address: int, ack: str) -> str:
    return (
        f'[[devices]]\nid = "pad-{address}-{ack}"\nkind = "evaluator"\nport = "line"\nwindow = "1"\n'
        f'address = {address}\nack = "{ack}"\n'
    )


def test_a_pad_acknowledged_by_its_own_frame_may_have_its_keypads_address(good: str) -> None:
    assert told(good + evaluator(1, "frame")) == []
    assert told(good + evaluator(1, "short")) == [
        'x.toml:40: [[devices]] "pad-1-short": address 1 on port "line" is taken by [[devices]] "keypad-1"; '
        "each needs its own"
    ]


def test_two_pads_of_either_form_need_two_addresses(good: str) -> None:
    assert len(told(good + evaluator(5, "frame") + evaluator(5, "short"))) == 1
    assert told(good + evaluator(5, "frame") + evaluator(6, "short")) == []


def test_strips_have_addresses_of_their_own(good: str) -> None:
    assert told(good + STRIP) == []


def test_a_crowded_slow_line_is_warned_of(good: str) -> None:
    crowd = "".join(
        f'[[devices]]\nid = "k{at}"\nkind = "keypad"\nport = "line"\nwindow = "1"\naddress = {at}\n'
        for at in range(2, 50)
    )
    assert told(good + crowd) == [
        'x.toml:24: warning: [[ports]] "line": 49 devices on one line at 9600 baud; '
        "presses will be slow: use a second line"
    ]
    fast = 'url = "/dev/serial/by-path/one"\nbaud = 38400'
    assert told((good + crowd).replace('url = "/dev/serial/by-path/one"', fast)) == []


@pytest.mark.parametrize(
    ("actions", "said"),
    [
        ('action = "take"\nservice = "photo"', ["its node has no printer"]),
        ('action = "call_next"\nlong_action = "finish"', ['a device of kind "button" needs "window"']),
        (
            'action = "recall"\nlong_action = "take"\nservice = "photo"',
            ['a device of kind "button" needs "window"', "its node has no printer"],
        ),
    ],
)
def test_what_a_button_needs_follows_from_both_presses(good: str, actions: str, said: list[str]) -> None:
    button = f'[[devices]]\nid = "b"\nkind = "button"\nport = "pins"\npin = 4\n{actions}\n'
    text = f'{good}[[ports]]\nid = "pins"\nnode = "core"\nurl = "gpio:"\n{button}'
    assert [one.what for one in examine(text, "x").problems] == said


def test_a_mistake_elsewhere_does_not_hide_a_queue_that_nobody_serves(good: str) -> None:
    text = good.replace('label = "1"', "label = 1") + '[[queues]]\nid = "b"\nname = "乙"\nprefix = "B"\n'
    text += '[[services]]\nid = "s"\nname = "丙"\nqueue = "b"\nservice_min = 0\n'
    assert [one.what for one in examine(text, "x").problems] == [
        '"label" is 1; it must be text of 1 to 16 characters',
        "no window serves it",
        '"service_min" is 0; it must be a number from 0.1 to 480',
    ]


def test_a_misspelt_key_is_not_told_twice(good: str) -> None:
    text = good.replace('queues = ["general"]', 'queus = ["general"]')
    assert [one.what for one in examine(text, "x").problems] == ['unknown key "queus"']
