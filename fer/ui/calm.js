// Puts HTML of the server's into the page and touches only what differs: numbers change in their places, bars glide,
// a selection stays, and nothing flickers. The server escapes whatever people typed.

function alike(old, fresh) {
  return old.nodeType === fresh.nodeType && old.nodeName === fresh.nodeName;
}

function adapt(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name, value } of [...fresh.attributes]) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  after.forEach((child, place) => {
    const there = before[place];
    if (!there) old.append(document.importNode(child, true));
    else if (alike(there, child)) adapt(there, child);
    else there.replaceWith(document.importNode(child, true));
  });
  before.slice(after.length).forEach((child) => child.remove());
}

// A link with data-window="width x height" opens a small window of its own, where the browser lets it.
function opened(event) {
  const link = event.target.closest?.("a[data-window]");
  if (!link) return;
  const [width, height] = link.dataset.window.split("x");
  if (window.open(link.href, "classmood-corner", `popup,width=${width},height=${height}`)) event.preventDefault();
}

export default function ({ data, parentElement }) {
  let root = parentElement.querySelector(":scope > .cm-calm");
  if (!root) {
    root = document.createElement("div");
    root.className = "cm-calm";
    root.addEventListener("click", opened);
    parentElement.append(root);
  }
  const fresh = document.createElement("template");
  fresh.innerHTML = `<div class="cm-calm">${data.html}</div>`;
  adapt(root, fresh.content.firstChild);
}
