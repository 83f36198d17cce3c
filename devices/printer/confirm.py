"""Whether a ticket was worked off: what the printer still owes us, and what its answers prove.

Behind each ticket goes GS r 1, answered in its turn, and GS a, whose status comes right behind that answer
where automatic status works. A lone byte may be a switch or a plug; the pair is not.
"""

from __future__ import annotations

from devices.printer import wire_escpos as wire

UNCONFIRMED_MOST = 2  # one may be a mishap, two are a habit


class Confirmation:
    """Counts requests against answers, since answers carry no name.

    `owed`: answers to GS r 1 still to come. `unconfirmed`: tickets in a row that got none.
    """

    def __init__(self) -> None:
        self.owed = 0
        self.unconfirmed = 0
        self._half = False

    @property
    def patient(self) -> bool:
        """Answers are worth waiting for."""
        return self.unconfirmed < UNCONFIRMED_MOST

    def ask(self) -> bytes:
        """The request to send behind a ticket."""
        self.owed += 1
        self._half = False
        return wire.PAPER_REQUEST + wire.AUTO_STATUS_ON

    def withdraw(self, count: int) -> None:
        """`count` requests were never sent. A stray byte may have passed for the answer to one of them."""
        self.owed = max(self.owed - count, 0)

    def answered(self, auto: bool) -> bool:
        """One answer to GS r 1 came; `auto`: a status must follow it. True: all is worked off."""
        if not self.owed:
            return False
        self.owed -= 1
        self._half = auto and not self.owed
        return not self.owed and not auto

    def status_came(self) -> bool:
        """An automatic status came. True: it was the second half of the proof."""
        half, self._half = self._half, False
        return half

    def proven(self) -> None:
        """The printer confirms: it is worth waiting for."""
        self.unconfirmed = 0

    def missed(self) -> None:
        """A ticket was not confirmed in time."""
        self.unconfirmed += 1

    def forget(self) -> None:
        """What is owed will not come any more."""
        self.owed = 0
        self._half = False
