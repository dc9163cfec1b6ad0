// Says once whether this browser remembers a text, so that the page may take a secret out of its address.

const EVERY_MS = 300;
const TRIES = 20;
const shown = new WeakMap();

export default function ({ data, setStateValue, parentElement }) {
  const frame = (parentElement.host ?? parentElement).closest('[data-testid="stElementContainer"]');
  if (frame) frame.style.display = "none";
  if (shown.get(parentElement) !== data.name) {
    // A class that was just opened is read from its top, wherever the form's button was.
    shown.set(parentElement, data.name);
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  }
  let left = TRIES;
  const timer = setInterval(() => {
    let kept = false;
    try {
      kept = localStorage.getItem(data.name) === data.value;
    } catch {
      left = 0; // this browser lets pages remember nothing: the address keeps the link
    }
    if (kept) setStateValue("kept", data.name);
    if (kept || --left <= 0) clearInterval(timer);
  }, EVERY_MS);
  return () => clearInterval(timer);
}
