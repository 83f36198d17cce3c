"""Why an action is not accepted: stable codes, each with a plain sentence in Chinese and in English.

Sentences may name what they are about in braces; `refuse` fills them in.
"""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "unknown_service": ("没有这个事项", "There is no such service"),
    "unknown_class": ("没有这个优先类别", "There is no such priority class"),
    "unknown_window": ("没有这个窗口", "There is no such window"),
    "unknown_queue": ("没有这个队列", "There is no such queue"),
    "unknown_number": ("没有{number}号", "There is no number {number}"),
    "unknown_visit": ("没有这次办事记录", "There is no such visit"),
    "unknown_item": ("本次办事没有这个事项", "This visit has no such item"),
    "hall_closed": ("现在不是取号时间", "No numbers are issued at this hour"),
    "issuing_stopped": ("临近下班，已停止取号", "Closing soon: no more numbers are issued"),
    "daily_limit": ("{queue}今日号已取完", "Today's numbers for {queue} are all taken"),
    "numbers_used_up": ("{queue}的号码已用完", "{queue} has no free number left"),
    "withdrawn": ("这次取号已作废", "That press was given up"),
    "no_series": ("{node}不能脱机取号", "Node {node} has no numbers to issue alone"),
    "number_taken": ("{number}号已被占用", "Number {number} is another ticket's"),
    "window_closed": ("{label}窗口未登录", "Nobody is logged in at window {label}"),
    "window_paused": ("{label}窗口已暂停", "Window {label} is paused"),
    "not_paused": ("{label}窗口没有暂停", "Window {label} is not paused"),
    "nobody_waiting": ("没有人在等候", "Nobody is waiting"),
    "nobody_here": ("窗口现在没有办事群众", "There is no visit at this window"),
    "nothing_held": ("本窗口没有挂起的号", "No visit is held at this window"),
    "not_held": ("{number}号没有在本窗口挂起", "Number {number} is not held at this window"),
    "already_begun": ("{number}号已经开始办理", "Service of number {number} has begun"),
    "busy": ("请先办结{number}号", "Finish number {number} first"),
    "call_open": (
        "请先处理正在叫的{number}号：办结或过号",
        "First finish number {number} or mark it a no-show",
    ),
    "not_served_here": ("{number}号的事项不在本窗口办理", "This window does not serve number {number}"),
    "bound_elsewhere": ("{number}号已转到{label}窗口", "Number {number} was sent to window {label}"),
    "at_other_window": ("{number}号正在{label}窗口", "Number {number} is at window {label}"),
    "held_elsewhere": ("{number}号在{label}窗口挂起", "Number {number} is held at window {label}"),
    "already_finished": ("{number}号已经办结", "Number {number} is finished"),
    "missed": ("{number}号已过号，请重新取号", "Number {number} was missed: please take a new one"),
    "target_missing": ("请指定一个窗口或一个队列", "Name one window or one queue to send it to"),
    "target_closed": ("{label}窗口未开", "Window {label} is closed"),
    "same_window": ("已经在本窗口", "It is at this window already"),
    "queue_closed": ("{queue}现在没有窗口办理", "No window serves {queue} now"),
    "clerk_elsewhere": ("{clerk}已在{label}窗口登录", "{clerk} is logged in at window {label}"),
    "clerk_missing": ("请输入工号", "Type your clerk number"),
    "item_there": ("本次办事已有这个事项", "This visit has that item already"),
    "item_not_served_here": ("本窗口不办理这个事项", "This window does not serve that item"),
    "items_not_rated": ("本窗口不按事项评价", "This window does not ask a rating an item"),
    "already_rated": ("已经评价过", "It was rated already"),
    "not_served": ("这次办事不是在本窗口办理的", "That visit did not take place at this window"),
    "bad_level": ("评价等级应为1到5", "A rating is a level from 1 to 5"),
    "bad_outcome": ("打印结果无法识别", "Not an outcome of a print"),
    "old_version": ("配置版本过旧", "The site file is older than the one in force"),
    "window_in_use": ("{label}窗口正在使用，不能删除", "Window {label} is in use and cannot be taken out"),
    "queue_in_use": ("{queue}还有人，不能删除", "{queue} has people in it and cannot be taken out"),
}


class Refused(ValueError):  # noqa: N818 - a refusal is an answer, not an error
    """An action the rules do not accept. Nothing has changed.

    `code` is a key of `TEXTS`; `text_zh` and `text_en` are sentences for people.
    """

    def __init__(self, code: str, text_zh: str, text_en: str) -> None:
        super().__init__(f"{code}: {text_en}")
        self.code = code
        self.text_zh = text_zh
        self.text_en = text_en


def refuse(code: str, **names: str) -> Refused:
    """The refusal `code` with its sentences filled in; to be raised by the caller."""
    text_zh, text_en = TEXTS[code]
    return Refused(code, text_zh.format_map(names), text_en.format_map(names))
