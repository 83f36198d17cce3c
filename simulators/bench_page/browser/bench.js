// The bench: a hall as it is built, to be looked at and worked.

import { byId, make, setText } from "./dom.js";
import { deviceElement } from "./devices.js";
import { chip } from "./faults.js";
import { Live } from "./live.js";
import { monitor, nodes, presses, speaker } from "./side.js";
import { time } from "./time.js";
import { isEnglish, nameOf, otherLanguage, say } from "./words.js";

const live = new Live();
let isLoud = false;

live.onLink = (isLinked) => {
  setText(byId("link"), say(isLinked ? "linked" : "unlinked"));
  document.body.toggleAttribute("unlinked", !isLinked);
};
live.onHall = (hall) => {
  document.documentElement.lang = isEnglish ? "en" : "zh";
  setText(byId("name"), nameOf(hall));
  document.title = `${nameOf(hall)} · ${say("bench")}`;
  time(live);
  nodes(live);
  const choosePress = presses(live);
  const chooseLine = monitor(live);
  const select = (window, port) => {
    choosePress(window);
    if (port) chooseLine(port);
  };
  counters(hall, select);
  lobby(hall, chooseLine);
  screens(hall);
};

function counters(hall, select) {
  const cards = hall.windows.map((window) => {
    const line = hall.devices[window.devices.find((name) => hall.devices[name].kind === "keypad") ?? window.devices[0]]?.port;
    const of = (kind) => window.devices.filter((name) => hall.devices[name].kind === kind);
    const parts = (...kinds) => kinds.flatMap(of).map((name) => deviceElement(live, name));
    const head = make("h3", {}, `${say("window")} ${window.label} `, make("small", {}, nameOf(window)));
    return make(
      "article",
      { class: "counter", id: `window-${window.id}`, "data-window": window.id, onfocusin: () => select(window.id, line), onpointerdown: () => select(window.id, line) },
      head,
      ...parts("strip"),
      make("div", { class: "desk" }, ...parts("keypad", "evaluator", "button", "lamp")),
      make("div", { class: "chips" }, ...window.devices.map((name) => chip(live, name))),
    );
  });
  const windows = byId("windows");
  windows.classList.toggle("few", cards.length <= 4);
  windows.append(...cards);
  byId("jump").append(
    ...hall.windows.map((window) => make("a", { href: `#window-${window.id}`, "data-jump": window.id }, window.label)),
  );
}

function lobby(hall, chooseLine) {
  const names = hall.lobby.filter((name) => !["board", "announcer"].includes(hall.devices[name].kind));
  if (!names.length) return;
  const articles = names.map((name) => {
    const { kind, port, node } = hall.devices[name];
    return make(
      "article",
      { class: `public ${kind}`, onpointerdown: () => hall.ports[port] && chooseLine(port) },
      make("h3", {}, `${say(kind)} `, make("small", {}, `${name} · ${hall.nodes[node]}`)),
      deviceElement(live, name),
      make("div", { class: "chips" }, chip(live, name)),
    );
  });
  byId("lobby").append(make("h2", {}, say("lobby")), make("div", { class: "row" }, ...articles));
}

function screens(hall) {
  const of = (kind) => Object.keys(hall.devices).filter((name) => hall.devices[name].kind === kind);
  const boards = of("board").map((name) => make("article", {}, make("h3", {}, `${say("board")} `, make("small", {}, name)), deviceElement(live, name), chip(live, name)));
  const speakers = of("announcer").map((name) => make("article", {}, speaker(live, name, () => isLoud), chip(live, name)));
  if (boards.length + speakers.length) byId("screens").append(make("h2", {}, say("screens")), make("div", { class: "row" }, ...boards, ...speakers));
}

function sound() {
  const turn = byId("sound");
  turn.setAttribute("aria-pressed", isLoud);
  setText(turn, say(isLoud ? "sound_on" : "sound_off"));
}
byId("sound").addEventListener("click", () => {
  isLoud = !isLoud;
  sound();
});
sound();
setText(byId("language"), say("language"));
byId("language").addEventListener("click", otherLanguage);
live.onLink(false);
live.connect();
