// A map of faces: each is a symbol in its emotion's colour; the nearest one to the pointer, finger or keyboard's cursor
// shows its picture, and a click opens it. The pictures come as one sheet of tiles, so that thousands of them are one
// image for the browser.

const SYMBOL_PX = 13;
const SMALL_PX = 9;
const NARROW_PX = 560;
const REACH_PX = 18;
const MARGIN_PX = 14;

const maps = new WeakMap();

function make(tag, name, parent) {
  const element = document.createElement(tag);
  element.className = name;
  parent.append(element);
  return element;
}

class FaceMap {
  constructor(place) {
    this.root = make("div", "map", place);
    this.legend = make("div", "legend", this.root);
    this.field = make("div", "field", this.root);
    this.canvas = make("canvas", "", this.field);
    this.canvas.tabIndex = 0;
    this.tip = make("div", "tip", this.field);
    this.picture = make("canvas", "", this.tip);
    this.words = make("div", "words", this.tip);
    this.tip.hidden = true;
    this.hidden = new Set();
    this.near = -1;
    this.sheet = new Image();
    this.sheet.onload = () => this.near >= 0 && this.show(this.near);
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerdown", (event) => event.pointerType === "touch" && this.point(event));
    this.canvas.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && this.show(-1));
    this.canvas.addEventListener("click", (event) => this.open(event));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.sized = new ResizeObserver(() => this.draw());
    this.sized.observe(this.field);
    this.dark = window.matchMedia("(prefers-color-scheme: dark)");
    this.redraw = () => this.draw();
    this.dark.addEventListener("change", this.redraw);
  }

  update(data) {
    if (data.stamp === this.data?.stamp) return;
    this.data = data;
    this.hidden.clear();
    this.near = -1;
    this.tip.hidden = true;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", data.told);
    this.sheet.src = data.sheet;
    this.legend.replaceChildren(...data.styles.map((style, label) => this.chip(style, label)));
    this.draw();
  }

  chip({ name, symbol, colour }, label) {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.setAttribute("aria-pressed", "true");
    const mark = make("span", "mark", chip);
    mark.textContent = symbol;
    mark.style.color = colour;
    chip.append(name);
    chip.disabled = !this.data.label.includes(label);
    chip.addEventListener("click", () => {
      const off = !this.hidden.delete(label);
      if (off) this.hidden.add(label);
      chip.setAttribute("aria-pressed", String(!off));
      this.show(-1);
      this.draw();
    });
    return chip;
  }

  draw() {
    const width = this.field.clientWidth;
    if (!this.data || !width) return;
    const height = Math.min(560, Math.max(320, width * 0.72));
    const scale = window.devicePixelRatio || 1;
    Object.assign(this.canvas, { width: width * scale, height: height * scale });
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    const pen = this.canvas.getContext("2d");
    pen.scale(scale, scale);
    pen.font = `${width < NARROW_PX ? SMALL_PX : SYMBOL_PX}px sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.globalAlpha = 0.8;
    const { x, y, label, styles } = this.data;
    this.at = x.map((across, i) => [
      MARGIN_PX + across * (width - 2 * MARGIN_PX),
      MARGIN_PX + (1 - y[i]) * (height - 2 * MARGIN_PX),
    ]);
    this.at.forEach(([left, top], i) => {
      if (this.hidden.has(label[i])) return;
      pen.fillStyle = styles[label[i]].colour;
      pen.fillText(styles[label[i]].symbol, left, top);
    });
  }

  nearest(event) {
    const box = this.canvas.getBoundingClientRect();
    const [left, top] = [event.clientX - box.left, event.clientY - box.top];
    let best = -1;
    let reach = REACH_PX ** 2;
    this.at?.forEach(([x, y], i) => {
      const apart = (x - left) ** 2 + (y - top) ** 2;
      if (apart < reach && !this.hidden.has(this.data.label[i])) [best, reach] = [i, apart];
    });
    return best;
  }

  point(event) {
    this.show(this.nearest(event));
  }

  show(i) {
    this.near = i;
    this.tip.hidden = i < 0;
    this.canvas.style.cursor = i < 0 ? "default" : "pointer";
    if (i < 0) return;
    const { tile, across, label, styles, told_of } = this.data;
    Object.assign(this.picture, { width: tile, height: tile });
    const [left, top] = [(i % across) * tile, Math.floor(i / across) * tile];
    this.picture.getContext("2d").drawImage(this.sheet, left, top, tile, tile, 0, 0, tile, tile);
    this.words.textContent = `${styles[label[i]].symbol} ${styles[label[i]].name}, ${told_of[i]}`;
    const [x, y] = this.at[i];
    const room = this.field.clientWidth - this.tip.offsetWidth;
    const above = y > this.tip.offsetHeight + 12;
    this.tip.style.left = `${Math.max(0, Math.min(room, x - this.tip.offsetWidth / 2))}px`;
    this.tip.style.top = above ? `${y - this.tip.offsetHeight - 10}px` : `${y + 12}px`;
  }

  open(event) {
    const i = this.nearest(event);
    // A finger cannot hover: its first tap shows the picture, the second opens it.
    const again = event.pointerType !== "touch" || this.opened === i;
    this.opened = i;
    if (i >= 0 && again) this.tell("face", this.data.rows[i]);
  }

  key(event) {
    if (event.key === "Enter" && this.near >= 0) this.tell("face", this.data.rows[this.near]);
    const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step || !this.at?.length) return;
    event.preventDefault();
    const [fromX, fromY] = this.near < 0 ? [0, 0] : this.at[this.near];
    let best = this.near < 0 ? 0 : this.near;
    let least = Infinity;
    this.at.forEach(([x, y], i) => {
      const ahead = (x - fromX) * step[0] + (y - fromY) * step[1];
      const aside = Math.abs((x - fromX) * step[1]) + Math.abs((y - fromY) * step[0]);
      if (ahead > 0.5 && ahead + 2 * aside < least && !this.hidden.has(this.data.label[i])) {
        [best, least] = [i, ahead + 2 * aside];
      }
    });
    this.show(best);
  }

  end() {
    this.sized.disconnect();
    this.dark.removeEventListener("change", this.redraw);
  }
}

export default function ({ data, parentElement: place, setTriggerValue }) {
  if (!maps.has(place)) maps.set(place, new FaceMap(place));
  const map = maps.get(place);
  map.tell = setTriggerValue;
  map.update(data);
  // Streamlit ends a call that was overtaken while its place lives on: only a place that left the page ends its map.
  return () =>
    setTimeout(() => {
      if (place.isConnected || maps.get(place) !== map) return;
      maps.delete(place);
      map.end();
    });
}
