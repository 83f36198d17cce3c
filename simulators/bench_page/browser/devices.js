// Devices to be looked at and worked. Each element follows one device; `live` is told by `follow`.

import { button, complain, make, openDialog, setText } from "./dom.js";
import "./board.js";
import { HallStrip } from "./leds.js";
import { nameOf, say } from "./words.js";

const FUNCTION_KEYS = ["start", "evaluate", "next", "recall", "cancel", "confirm", "line", "pause", "transfer"];
const PAPERS_SHOWN = 3;
const DIGITS_MAX = 12;

class HallDevice extends HTMLElement {
  follow(live, name) {
    this.live = live;
    this.name = name;
    this.told = live.hall.devices[name];
    this.dataset.device = name;
    this.build();
    live.on(`device/${name}`, (look) => this.show(look));
    return this;
  }

  do(hand, words = {}) {
    this.live.ask({ do: hand, device: this.name, ...words }).catch(complain);
  }

  build() {}
  show() {}
}

class HallKeypad extends HallDevice {
  build() {
    this.typed = "";
    this.digits = make("output", { class: "digits", "aria-label": say("keypad") });
    this.entry = make("output", { class: "typed", "aria-label": say("typed") });
    const keys = FUNCTION_KEYS.map((key) => button(say(`key_${key}`), () => this.press(key), { "data-key": key, class: "function" }));
    const digits = [..."1234567890"].map((digit) => button(digit, () => this.type(digit), { "data-digit": digit }));
    const clear = button("⌫", () => this.type(""), { "aria-label": say("clear") });
    this.append(
      make("div", { class: "display" }, this.digits, this.entry),
      make("div", { class: "keys" }, ...keys),
      make("div", { class: "number" }, ...digits, clear),
      this.quick(),
    );
  }

  quick() {
    const isTickets = this.told.use === "tickets";
    const rows = isTickets
      ? this.live.hall.services.flatMap((one) => this.told.keys.map(([, key]) => [`${one.code} ${nameOf(one)}`, `${one.code} ${key}`]))
      : this.told.keys.map(([action, keys]) => [`${say(action)} (${keys})`, keys]);
    const options = rows.map(([text, keys]) => make("option", { value: keys }, text));
    const first = make("option", { value: "" }, say(isTickets ? "service" : "quick"));
    return make("select", { class: "quick", "aria-label": say("quick"), onchange: (event) => this.chosen(event.target) }, first, ...options);
  }

  chosen(select) {
    if (select.value) this.do("press", { keys: select.value });
    select.value = "";
  }

  type(digit) {
    this.typed = digit ? (this.typed + digit).slice(-DIGITS_MAX) : "";
    setText(this.entry, this.typed);
  }

  press(key) {
    this.do("press", { keys: `${this.typed} ${key}`.trim() });
    this.type("");
  }

  show({ shown, beeps, busy, away }) {
    setText(this.digits, shown.replaceAll("_", " ") || " ");
    this.toggleAttribute("busy", busy);
    this.toggleAttribute("away", Boolean(away));
    if (this.beeps !== undefined && beeps > this.beeps) this.flash();
    this.beeps = beeps;
  }

  flash() {
    this.classList.remove("beep");
    void this.offsetWidth;
    this.classList.add("beep");
  }
}
customElements.define("hall-keypad", HallKeypad);

class HallEvaluator extends HallDevice {
  build() {
    this.lamp = make("output", { class: "lamp" });
    const grades = this.told.grades.map((level, grade) =>
      button(say(`level_${level}`), () => this.do("press", { grade }), { "data-grade": grade, class: `level-${level}` }),
    );
    this.append(this.lamp, make("div", { class: "grades" }, ...grades.reverse()));
  }

  show({ lamp, away }) {
    setText(this.lamp, say(`lamp_${lamp}`));
    this.dataset.lamp = lamp;
    this.toggleAttribute("away", Boolean(away));
  }
}
customElements.define("hall-evaluator", HallEvaluator);

class HallButton extends HallDevice {
  build() {
    this.append(button(say("press"), () => this.do("press"), { class: "push" }));
  }

  show({ down }) {
    this.toggleAttribute("down", down);
  }
}
customElements.define("hall-button", HallButton);

class HallLamp extends HallDevice {
  build() {
    this.setAttribute("role", "img");
  }

  show({ lit }) {
    this.toggleAttribute("lit", lit);
    this.setAttribute("aria-label", lit ? "●" : "○");
  }
}
customElements.define("hall-lamp", HallLamp);

class HallPrinter extends HallDevice {
  build() {
    this.light = make("output", { class: "light" });
    this.count = make("span", { class: "count" });
    this.papers = make("div", { class: "papers" });
    const hands = ["take_paper", "new_roll", "open_cover", "close_cover", "clear_cutter", "power_cut"];
    this.append(
      make("div", { class: "case" }, this.light, this.count, make("div", { class: "slot" })),
      this.papers,
      make("div", { class: "hands" }, ...hands.map((hand) => button(say(hand), () => this.do(hand), { "data-hand": hand }))),
    );
  }

  show({ defects, papers, last }) {
    setText(this.light, defects.length ? `✖ ${defects.map(say).join(" ")}` : "●");
    this.toggleAttribute("stopped", defects.length > 0);
    setText(this.count, `${say("papers")} ${papers}`);
    if (last && papers !== this.number) this.comes(papers, last);
    this.number = papers;
  }

  comes(number, { width, height, text }) {
    const source = `paper/${this.name}/${number}`;
    const picture = make("img", { src: source, width, height, alt: text.join("\n") });
    const paper = button(picture, () => openDialog(text[0] ?? "", make("img", { src: source, width, height, alt: text.join("\n") })), { class: "paper" });
    this.papers.prepend(paper);
    while (this.papers.children.length > PAPERS_SHOWN) this.papers.lastChild.remove();
  }
}
customElements.define("hall-printer", HallPrinter);

const ELEMENTS = { keypad: "hall-keypad", evaluator: "hall-evaluator", button: "hall-button", lamp: "hall-lamp", printer: "hall-printer", board: "hall-board" };

// The element of a device, following it; null for a kind that is only a chip.
export function deviceElement(live, name) {
  const told = live.hall.devices[name];
  if (told.kind === "strip") {
    const strip = new HallStrip().setup(...told.dots);
    strip.dataset.device = name;
    live.on(`device/${name}`, (look) => strip.show(look));
    return strip;
  }
  const tag = ELEMENTS[told.kind];
  return tag ? document.createElement(tag).follow(live, name) : null;
}
