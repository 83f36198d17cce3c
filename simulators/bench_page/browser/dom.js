// Small helpers: elements, buttons, the dialog, the word of an error.

// `make("b", {class: "x", onclick: f}, child, "text")`
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

export const button = (text, act, attributes = {}) => make("button", { type: "button", onclick: act, ...attributes }, text);

// Only what differs is written, so that nothing is laid out anew for nothing.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export const byId = (id) => document.getElementById(id);

let toastTimer = 0;
export function complain(error) {
  const toast = byId("toast");
  toast.textContent = error.message ?? String(error);
  toast.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (toast.hidden = true), 6000);
}

export function openDialog(title, ...children) {
  const dialog = byId("dialog");
  dialog.replaceChildren(make("h2", {}, title), ...children, button("×", () => dialog.close(), { class: "close", "aria-label": "close" }));
  dialog.showModal();
}
