// A strip as its lamps are lit: two bits a dot, row by row, the leftmost dot in the highest bits. One canvas
// pixel a dot; the style sheet makes lamps of them.

// Little-endian ABGR: dark, red, green, yellow.
const COLOURS = new Uint32Array([0xff1a1a1d, 0xff263cff, 0xff5aeb46, 0xff00c4ff]);

export class HallStrip extends HTMLElement {
  setup(columns, rows) {
    this.columns = columns;
    this.rows = rows;
    this.canvas = document.createElement("canvas");
    this.canvas.width = columns;
    this.canvas.height = rows;
    this.pen = this.canvas.getContext("2d", { alpha: false });
    this.picture = this.pen.createImageData(columns, rows);
    this.pixels = new Uint32Array(this.picture.data.buffer);
    this.setAttribute("role", "img");
    this.style.setProperty("--columns", columns);
    this.style.setProperty("--rows", rows);
    this.append(this.canvas);
    return this;
  }

  show({ dots, text, away }) {
    this.setAttribute("aria-label", text);
    this.toggleAttribute("away", Boolean(away));
    if (dots === this.dots) return;
    this.dots = dots;
    const bytes = atob(dots);
    for (let at = 0; at < this.pixels.length; at++) {
      this.pixels[at] = COLOURS[(bytes.charCodeAt(at >> 2) >> (6 - 2 * (at & 3))) & 3];
    }
    this.pen.putImageData(this.picture, 0, 0);
  }
}
customElements.define("hall-strip", HallStrip);
