// A table of emotions against emotions whose cells are buttons; arrows move between them, Enter or a click chooses one.

const grids = new WeakMap();

function head(cell, { symbol, name, colour }, scope) {
  cell.scope = scope;
  const mark = document.createElement("span");
  mark.className = "mark";
  mark.style.color = colour;
  mark.textContent = symbol;
  const word = document.createElement("span");
  word.className = "word";
  word.textContent = name;
  cell.append(mark, word);
  cell.title = name;
  return cell;
}

function square({ text, shade, told }, row, column, chosen) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.dataset.row = row;
  button.dataset.column = column;
  button.setAttribute("aria-label", told);
  button.setAttribute("aria-pressed", String(chosen));
  button.title = told;
  button.tabIndex = chosen ? 0 : -1;
  button.style.setProperty("--shade", `${Math.round(88 * shade)}%`);
  const cell = document.createElement("td");
  cell.append(button);
  return cell;
}

function table({ emotions, cells, down, across, chosen }) {
  const root = document.createElement("table");
  const caption = root.createCaption();
  caption.textContent = `Down: ${down}. Across: ${across}.`;
  const first = root.createTHead().insertRow();
  first.append(document.createElement("td"));
  for (const emotion of emotions) first.append(head(document.createElement("th"), emotion, "col"));
  const body = root.createTBody();
  cells.forEach((row, i) => {
    const line = body.insertRow();
    line.append(head(document.createElement("th"), emotions[i], "row"));
    row.forEach((cell, j) => line.append(square(cell, i, j, chosen[0] === i && chosen[1] === j)));
  });
  return root;
}

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export default function ({ data, parentElement, setTriggerValue }) {
  let grid = grids.get(parentElement);
  if (!grid) {
    grid = { root: document.createElement("div"), shown: "" };
    grid.root.className = "confusion";
    grid.root.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) grid.tell("cell", [Number(button.dataset.row), Number(button.dataset.column)]);
    });
    grid.root.addEventListener("keydown", (event) => {
      const step = STEPS[event.key], button = event.target.closest("button");
      if (!step || !button) return;
      event.preventDefault();
      const row = Number(button.dataset.row) + step[0], column = Number(button.dataset.column) + step[1];
      const next = grid.root.querySelector(`button[data-row="${row}"][data-column="${column}"]`);
      if (next) {
        button.tabIndex = -1;
        next.tabIndex = 0;
        next.focus();
      }
    });
    parentElement.append(grid.root);
    grids.set(parentElement, grid);
  }
  grid.tell = setTriggerValue;
  const stamp = JSON.stringify(data);
  if (stamp === grid.shown) return;
  grid.shown = stamp;
  const focused = grid.root.contains(grid.root.getRootNode().activeElement);
  grid.root.replaceChildren(table(data));
  // Whoever chose a cell by the keyboard stays on it.
  if (focused) grid.root.querySelector('button[aria-pressed="true"]')?.focus({ preventScroll: true });
}
