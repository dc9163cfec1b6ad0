// A grid of faces. A click (or Enter on one that has the focus) tells the page which row it was.
// The page sends the same pictures again with every run: only what changed is built anew, so the focus stays.

const grids = new WeakMap();

function cell({ row, url, told, emotion, symbol, colour, note }, side) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "face";
  button.dataset.row = row;
  button.setAttribute("aria-label", told);
  button.title = told;
  const picture = document.createElement("img");
  Object.assign(picture, { src: url, width: side, height: side, alt: "", draggable: false });
  const mark = document.createElement("span");
  mark.className = "mark";
  mark.style.color = colour;
  mark.textContent = symbol;
  const name = document.createElement("span");
  name.className = "name";
  name.append(mark, emotion);
  button.append(picture, name);
  if (note) {
    const line = document.createElement("span");
    line.className = "note";
    line.textContent = note;
    button.append(line);
  }
  return button;
}

export default function ({ data, parentElement, setTriggerValue }) {
  let grid = grids.get(parentElement);
  if (!grid) {
    grid = { root: document.createElement("div"), shown: "" };
    grid.root.className = "grid";
    grid.root.addEventListener("click", (event) => {
      const button = event.target.closest("button.face");
      if (button) grid.tell("face", Number(button.dataset.row));
    });
    parentElement.append(grid.root);
    grids.set(parentElement, grid);
  }
  grid.tell = setTriggerValue;
  const stamp = JSON.stringify(data);
  if (stamp === grid.shown) return;
  grid.shown = stamp;
  grid.root.style.setProperty("--side", `${data.side}px`);
  grid.root.replaceChildren(...data.cells.map((one) => cell(one, data.side)));
}
