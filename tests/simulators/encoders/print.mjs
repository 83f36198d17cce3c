// What two public encoders send to a printer, as JSON of hex; test_printer_encoders.py prints it on the twin.
import { transform } from "receiptline";
import ReceiptPrinterEncoder from "@point-of-sale/receipt-printer-encoder";

const receipt = [
  "^^^请到3号窗口",
  '"A001 | 企业开办"',
  "㼆姓 𠮷 号",
  "-",
  "{code:https://hall.example/v/1;option:qrcode,6,m}",
  "=",
].join("\n");
const lines = transform(receipt, { cpl: 48, encoding: "gb18030", cutting: true, command: "escpos" });
const encoded = new ReceiptPrinterEncoder({ language: "esc-pos", columns: 48 })
  .initialize()
  .line("A001")
  .bold(true)
  .line("Window 3")
  .qrcode("https://hall.example/v/20261123-A001", { model: 2, size: 6, errorlevel: "m" })
  .cut("partial")
  .encode();
console.log(
  JSON.stringify({
    receiptline: Buffer.from(lines, "latin1").toString("hex"),
    receiptPrinterEncoder: Buffer.from(encoded).toString("hex"),
  }),
);
