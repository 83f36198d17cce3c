// The hall's clock, and how fast it goes.

import { byId, complain, make, setText } from "./dom.js";
import { say } from "./words.js";

const SPEEDS = [1, 2, 5, 10, 30, 60, 120, 200];
const SHOWN_MS = 200;

export function time(live) {
  let runs = [];
  const choice = make("select", { onchange: () => live.ask({ do: "set_speed", speed: Number(choice.value) }).catch(failed) });
  byId("speed").title = say("speed_why");
  byId("speed").append(say("speed"), choice);
  live.on("time", (told) => {
    runs = told;
    choose(runs.at(-1).speed);
    show();
  });
  setInterval(show, SHOWN_MS);

  function choose(speed) {
    const speeds = SPEEDS.includes(speed) ? SPEEDS : [...SPEEDS, speed].sort((one, other) => one - other);
    choice.replaceChildren(...speeds.map((one) => make("option", { value: one, selected: one === speed }, String(one))));
  }

  // The last run that has begun counts; the next one is told a moment ahead.
  function show() {
    if (!runs.length) return;
    const now = Date.now() / 1000;
    const { start_s: start, origin_s: origin, speed } = runs.findLast((run) => run.origin_s <= now) ?? runs[0];
    const hallMs = (start + (now - origin) * speed + live.hall.offset_s) * 1000;
    setText(byId("clock"), new Date(hallMs).toISOString().slice(0, 19).replace("T", " "));
  }

  function failed(error) {
    choose(runs.at(-1).speed);
    complain(error);
  }
}
