# A queue program for one counter: keypad and strip on one RS-485 line, a ticket printer beside them.
# Needs only pyserial.      python queue_program.py LINE_PORT PRINTER_PORT
# Key "start" prints a number, key "next" calls the first who waits.
import sys
import serial

START, NEXT = 0x0A, 0x0C
ADDRESS = 3


class QueueProgram:
    def __init__(self, linePort, printerPort):
        self.line = serial.serial_for_url(linePort, 9600, timeout=0.05)
        self.printer = serial.serial_for_url(printerPort, 9600, timeout=2)
        self.received = b""
        self.lastNumber = 0
        self.waiting = []

    def show(self, text):
        data = b"".join(c.encode("gbk") + b"\0" for c in text)  # \0 = red
        body = bytes([ADDRESS, 0xA5]) + len(data).to_bytes(2, "big") + data
        xor = 0
        for b in body:
            xor ^= b
        self.line.write(b"\xa0\x90" + body + bytes([xor]))

    def paperIsOut(self):
        self.printer.reset_input_buffer()
        self.printer.write(b"\x10\x04\x04")  # DLE EOT 4
        status = self.printer.read(1)
        return not status or status[0] & 0x60 != 0

    def takeNumber(self):
        if self.paperIsOut():
            return self.show("缺纸")
        self.lastNumber += 1
        number = "A%03d" % self.lastNumber
        self.printer.write(b"\x1b@\x1d!\x11" + number.encode() + b"\n\x1d!\x00")
        self.printer.write(
            b"\x1c&" + "请等候叫号\n".encode("gb18030") + b"\x1dVB\x00\x1dr\x01"
        )  # cut; GS r 1
        done = self.printer.read(1)  # answered when all is printed
        if not done or done[0] & 0x0C:
            return self.show("缺纸")  # this number is void
        self.waiting.append(number)

    def callNext(self):
        self.show("请%s号" % self.waiting.pop(0) if self.waiting else "无人等候")

    def onFrame(self, frame):
        self.line.write(frame)  # echo, or the keypad says it again
        key = frame[-3]
        if key == START:
            self.takeNumber()
        elif key == NEXT:
            self.callNext()

    def run(self):
        while True:
            self.received += self.line.read(64)
            at = self.received.find(b"\xff\x68\x03\x03\x68" + bytes([ADDRESS, 1]))
            if at >= 0 and len(self.received) >= at + 10:
                frame = self.received[at : at + 10]
                self.received = self.received[at + 10 :]
                self.onFrame(frame)


if __name__ == "__main__":
    QueueProgram(sys.argv[1], sys.argv[2]).run()
