// Reads an AsyncAPI document from standard input; prints what is wrong with it; ends with 1 if anything is.
// Hints (severity 2 and more), such as "a newer version of AsyncAPI exists", do not count.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(readFileSync(0, "utf8"));
const wrong = diagnostics.filter((one) => one.severity < 2);
for (const one of wrong) console.log(one.code, one.path.join("."), one.message);
const messages = document ? document.allMessages().all().length : 0;
console.log(`${messages} messages`);
process.exitCode = document && wrong.length === 0 ? 0 : 1;
