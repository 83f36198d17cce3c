// How a node says that a device is, and the switches for what can be wrong with it.

import { complain, make, openDialog, setText } from "./dom.js";
import { say } from "./words.js";

// A chip: colour and word of the state; pressed, it opens the device's switches.
export function chip(live, name) {
  const told = live.hall.devices[name];
  const text = make("span");
  const made = make("button", { type: "button", class: "chip", "data-chip": name, onclick: () => openFaults(live, name, told.faults, told.port) }, text);
  const troubles = make("span", { class: "troubles" });
  made.append(troubles);
  live.on(`state/${name}`, ({ state, code, detail }) => {
    made.dataset.state = state;
    made.dataset.code = code;
    made.title = [name, state, code, detail].filter(Boolean).join(" · ");
    setText(text, `${say(told.kind)} ${state ? say(state) : "?"}${code ? ` ${say(code)}` : ""}`);
  });
  live.on(`device/${name}`, (look) => setText(troubles, look.troubles.map((one) => ` ✖ ${say(one)}`).join("")));
  setText(text, `${say(told.kind)} ?`);
  return made;
}

export function openFaults(live, name, faults, port) {
  const wire = live.hall.ports[port];
  const groups = [make("fieldset", {}, make("legend", {}, name), ...faults.map((fault) => toggle(live, name, fault)))];
  if (wire) groups.push(make("fieldset", {}, make("legend", {}, `${say("wire")} ${port}`), ...wire.faults.map((fault) => toggle(live, port, fault))));
  openDialog(`${say("faults")} · ${name}`, ...groups);
}

function toggle(live, name, fault) {
  const isOn = () => live.values.get(`device/${name}`)?.troubles.includes(fault) ?? false;
  const box = make("input", {
    type: "checkbox",
    role: "switch",
    "data-fault": `${name}/${fault}`,
    onchange: () =>
      live.ask({ do: box.checked ? "fault" : "mend", device: name, fault }).catch((error) => {
        box.checked = isOn();
        complain(error);
      }),
  });
  box.checked = isOn();
  return make("label", { class: "switch" }, box, say(fault));
}
