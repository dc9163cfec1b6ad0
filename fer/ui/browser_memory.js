// Reads and writes this browser's own memory for the page (localStorage). Nothing of it is shown.

const NAMES = "classmood.";
const told = new WeakMap();

function hide(root) {
  // Streamlit leaves a gap even around what shows nothing.
  const frame = (root.host ?? root).closest('[data-testid="stElementContainer"]');
  if (frame) frame.style.display = "none";
}

function found(prefix) {
  const all = {};
  for (let i = 0; i < localStorage.length; i++) {
    const name = localStorage.key(i);
    if (name.startsWith(prefix)) all[name] = localStorage.getItem(name);
  }
  return all;
}

function write(name, value) {
  if (value === null) localStorage.removeItem(name);
  else if (localStorage.getItem(name) !== value) localStorage.setItem(name, value);
}

export default function ({ data, setStateValue, parentElement }) {
  hide(parentElement);
  try {
    if (data.name?.startsWith(NAMES)) write(data.name, data.value ?? null);
  } catch {
    // Some browsers forbid it, others are full: then a reload has to ask again, and all else works.
  }
  if (!data.prefix?.startsWith(NAMES) || told.get(parentElement) === data.prefix) return;
  told.set(parentElement, data.prefix);
  let answer = {};
  try {
    answer = found(data.prefix);
  } catch {
    answer = {};
  }
  setStateValue("found", answer);
}
