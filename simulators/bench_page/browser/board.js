// A hall board, as a panel shows it that is fed by its file: each pixel of the picture is a lamp. From a
// distance it is the picture; pressed, single lamps can be seen and walked along.

import { make, openDialog, setText } from "./dom.js";
import { say } from "./words.js";

const LAMP_PX = [8, 4, 16];
const VIEW_PX = [880, 560];
const STEP_LAMPS = 16;
const DARK = "#0b0b0d";

class HallBoard extends HTMLElement {
  follow(live, name) {
    this.dataset.device = name;
    this.picture = make("img", { alt: name, onload: () => this.panel?.isConnected && this.panel.draw() });
    this.dark = make("output", {}, say("nothing"));
    this.append(make("button", { type: "button", class: "screen", title: say("lamps"), onclick: (event) => this.look(name, event) }, this.picture, this.dark));
    live.on(`device/${name}`, (look) => this.show(name, look));
    return this;
  }

  show(name, { pictures, away }) {
    const isLit = pictures > 0 && !away;
    this.toggleAttribute("away", !isLit);
    setText(this.dark, isLit ? "" : say({ wire: "no_signal", power: "no_power" }[away] ?? "nothing"));
    this.picture.hidden = !isLit;
    if (isLit) this.picture.src = `board/${name}?${pictures}`;
    else if (this.panel?.isConnected) this.panel.draw();
  }

  // The lamps around the place that was pressed; around the middle, where it was by the keyboard.
  look(name, { offsetX, offsetY, detail }) {
    const { naturalWidth, naturalHeight, clientWidth, clientHeight, hidden } = this.picture;
    if (hidden || !naturalWidth) return;
    const [x, y] = detail ? [offsetX / clientWidth, offsetY / clientHeight] : [0.5, 0.5];
    this.panel = new HallPanel().of(this.picture, x * naturalWidth, y * naturalHeight);
    openDialog(`${say("board")} ${name} · ${naturalWidth} × ${naturalHeight}`, this.panel);
    this.panel.focus();
  }
}
customElements.define("hall-board", HallBoard);

class HallPanel extends HTMLElement {
  of(picture, x, y) {
    this.picture = picture;
    this.middle = [x, y];
    this.lamp = LAMP_PX[0];
    this.tabIndex = 0;
    this.canvas = make("canvas", { width: VIEW_PX[0], height: VIEW_PX[1], role: "img", "aria-label": say("lamps") });
    this.where = make("output");
    const zoom = make("button", { type: "button", onclick: () => this.zoom() }, say("zoom"));
    this.append(this.canvas, make("div", { class: "row" }, zoom, this.where, make("small", {}, say("walk"))));
    this.canvas.addEventListener("pointermove", (event) => event.buttons && this.walk(-event.movementX / this.lamp, -event.movementY / this.lamp));
    this.addEventListener("keydown", (event) => this.key(event));
    this.draw();
    return this;
  }

  key(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    this.walk(step[0] * STEP_LAMPS, step[1] * STEP_LAMPS);
  }

  zoom() {
    this.lamp = LAMP_PX[(LAMP_PX.indexOf(this.lamp) + 1) % LAMP_PX.length];
    this.draw();
  }

  walk(x, y) {
    this.middle = [this.middle[0] + x, this.middle[1] + y];
    this.draw();
  }

  draw() {
    const pen = this.canvas.getContext("2d", { alpha: false });
    pen.fillStyle = DARK;
    pen.fillRect(0, 0, ...VIEW_PX);
    const { naturalWidth, naturalHeight, hidden } = this.picture;
    if (hidden || !naturalWidth) return;
    const columns = Math.min(Math.floor(VIEW_PX[0] / this.lamp), naturalWidth);
    const rows = Math.min(Math.floor(VIEW_PX[1] / this.lamp), naturalHeight);
    this.middle = [within(this.middle[0], columns / 2, naturalWidth), within(this.middle[1], rows / 2, naturalHeight)];
    const left = Math.round(this.middle[0] - columns / 2);
    const top = Math.round(this.middle[1] - rows / 2);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(this.picture, left, top, columns, rows, 0, 0, columns * this.lamp, rows * this.lamp);
    pen.fillStyle = pen.createPattern(gaps(this.lamp), "repeat");
    pen.fillRect(0, 0, columns * this.lamp, rows * this.lamp);
    setText(this.where, `${left}…${left + columns - 1} × ${top}…${top + rows - 1}`);
  }
}
customElements.define("hall-panel", HallPanel);

const within = (middle, half, size) => Math.min(Math.max(middle, half), size - half);

// What is dark between round lamps.
function gaps(size) {
  const tile = make("canvas", { width: size, height: size });
  const pen = tile.getContext("2d");
  pen.fillStyle = DARK;
  pen.fillRect(0, 0, size, size);
  pen.globalCompositeOperation = "destination-out";
  pen.beginPath();
  pen.arc(size / 2, size / 2, size * 0.46, 0, 2 * Math.PI);
  pen.fill();
  return tile;
}
