// Nodes and broker, the course of a press, the line monitor.

import { button, byId, complain, make, setText } from "./dom.js";
import { say } from "./words.js";

const LINES_KEPT = 300;
const PRESSES_SHOWN = 8;

// --- nodes and broker ------------------------------------------------------------------------------

function power(live, what, start, kill) {
  const state = make("span", { class: "state" });
  const last = make("span", { class: "last" });
  const turn = button("", () => live.ask(turn.dataset.runs ? kill : start).catch(complain), { class: "power" });
  const row = make("li", {}, make("b", {}, what), state, turn, last);
  return { row, state, last, turn };
}

function isOn(part, runs) {
  part.turn.dataset.runs = runs ? "1" : "";
  part.row.toggleAttribute("off", !runs);
  setText(part.turn, runs ? say("kill") : say("start"));
}

export function nodes(live) {
  const list = make("ul", { class: "nodes" });
  const broker = power(live, say("broker"), { do: "start_broker" }, { do: "kill_broker" });
  broker.row.dataset.node = "broker";
  live.on("broker", ({ kind, port, runs }) => {
    isOn(broker, runs);
    setText(broker.state, runs ? `${kind} :${port}` : say("off"));
  });
  list.append(broker.row);
  for (const [id, name] of Object.entries(live.hall.nodes)) {
    const part = power(live, name, { do: "start", node: id }, { do: "kill", node: id });
    part.row.dataset.node = id;
    live.on(`node/${id}`, ({ life, runs, code, last }) => {
      isOn(part, runs);
      part.row.dataset.life = life;
      setText(part.state, `${say(life) || "—"}${runs ? "" : ` · ${say("off")} ${code ?? ""}`}`);
      setText(part.last, last);
      part.last.title = last;
    });
    list.append(part.row);
  }
  byId("nodes").append(make("h2", {}, say("nodes")), list);
}

// --- presses ----------------------------------------------------------------------------------------

export function presses(live) {
  const list = make("div", { class: "courses" });
  const names = new Map(live.hall.windows.map((one) => [one.id, `${say("window")} ${one.label}`]));
  const filter = make("select", { "aria-label": say("window"), onchange: () => draw() }, make("option", { value: "" }, say("all")));
  for (const [id, text] of names) filter.append(make("option", { value: id }, text));
  const told = new Map();
  function draw() {
    const wanted = filter.value ? (told.get(filter.value) ?? []) : [...told.values()].flat();
    wanted.sort((one, other) => other.at - one.at).splice(PRESSES_SHOWN);
    list.replaceChildren(...wanted.map((one, at) => course(one, names.get(one.place) ?? one.place, at === 0)));
  }
  for (const place of live.hall.places) {
    live.on(`presses/${place}`, (value) => {
      told.set(place, value);
      if (!filter.value || filter.value === place) draw();
    });
  }
  byId("presses").append(make("h2", {}, say("presses"), " ", filter), list);
  return (window) => {
    filter.value = window;
    draw();
  };
}

function course({ device, keys, steps }, place, isOpen) {
  const end = Math.max(steps.at(-1)[1], 1);
  const rows = steps.map(([name, ms, words], at) => {
    const from = at ? steps[at - 1][1] : 0;
    const bar = make("i", {});
    bar.style.marginLeft = `${(from / end) * 100}%`;
    bar.style.width = `${Math.max(((ms - from) / end) * 100, 0.5)}%`;
    return make("tr", { "data-step": name }, make("td", {}, say(`step_${name}`)), make("td", { class: "ms" }, ms.toFixed(1)), make("td", { class: "bar" }, bar), make("td", { class: "words" }, say(words)));
  });
  const title = `${place} · ${keys || device} · ${end.toFixed(0)} ms`;
  return make("details", { open: isOpen }, make("summary", {}, title), make("table", {}, ...rows));
}

// --- line monitor ------------------------------------------------------------------------------------

export function monitor(live) {
  const rows = make("tbody");
  const missed = make("span", { class: "missed" });
  const port = make("select", { "aria-label": say("wire"), onchange: () => choose(port.value) }, make("option", { value: "" }, say("none")));
  const paused = make("input", { type: "checkbox" });
  for (const name of Object.keys(live.hall.ports)) port.append(make("option", { value: name }, name));
  let first = null;
  let missedCount = 0;
  function choose(name) {
    port.value = name;
    rows.replaceChildren();
    first = null;
    live.monitor(name);
  }
  live.onLines = (lines, count) => {
    missedCount += count;
    setText(missed, missedCount ? `${say("missed")} ${missedCount}` : "");
    if (paused.checked) return;
    for (const line of lines) {
      first ??= line.at;
      rows.prepend(lineRow(line, line.at - first));
    }
    while (rows.rows.length > LINES_KEPT) rows.lastElementChild.remove();
  };
  byId("monitor").append(
    make("h2", {}, say("monitor"), " ", port, make("label", {}, paused, say("pause")), missed),
    make("div", { class: "lines" }, make("table", {}, rows)),
  );
  return choose;
}

function lineRow({ way, hex, frames }, seconds) {
  let before = "";
  const words = frames.map(([who, what, more]) => {
    const said = [who === before ? "" : who, say(`frame_${what}`), what === "press" || what === "echo" ? keysOf(more) : more];
    before = who;
    return said.filter(Boolean).join(" ");
  });
  const bytes = hex.toUpperCase().replace(/../g, "$& ").trim();
  return make(
    "tr",
    { class: way === ">" ? "to" : "from" },
    make("td", {}, seconds.toFixed(3)),
    make("td", {}, way === ">" ? "→" : "←"),
    make("td", {}, make("b", {}, words.join(" · ")), make("code", {}, bytes)),
  );
}

const keysOf = (keys) => keys.split(" ").map((word) => (/^\d+$/.test(word) ? word : say(`key_${word}`))).join(" ");

// --- loudspeakers ----------------------------------------------------------------------------------------

// A line for each; played one after the other while the sound is on.
export function speaker(live, name, isLoud) {
  const text = make("output", {}, say("nothing"));
  let source = "";
  let heard = null;
  const play = button(`▶ ${say("play")}`, () => source && new Audio(source).play().catch(complain));
  const box = make("div", { class: "speaker", "data-device": name }, make("b", {}, name), text, play);
  live.on(`device/${name}`, ({ last, sounds, away }) => {
    box.toggleAttribute("away", Boolean(away));
    if (sounds === heard) return;
    const isNew = heard !== null;
    heard = sounds;
    if (!last) return;
    source = `sound/${name}/${last}`;
    setText(text, last.replace(/^0*(\d+)-(.*)\.wav$/, "$1 · $2"));
    if (isLoud() && isNew) new Audio(source).play().catch(complain);
  });
  return box;
}

