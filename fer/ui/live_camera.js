// Finds out why there is no picture, and hands one word to the page. It never opens the camera itself:
// a second request would ask some visitors twice.
//
// The camera is opened inside streamlit-webrtc's frame, which tells the server nothing when that fails.
// It shows the browser's error there as an alert, "NotAllowedError: Permission denied", which is read here.

const FRAME = 'iframe[title*="streamlit_webrtc"]';
const EVERY_MS = 500;
const running = new WeakMap();
const told = new WeakMap(); // what the page knows; without a word from here, that nothing is wrong

function failure() {
  try {
    const alert = document.querySelector(FRAME)?.contentDocument?.querySelector('[role="alert"]');
    return /^(\w*Error): ?(.*)/.exec(alert?.textContent ?? "");
  } catch {
    return null; // the frame is just being loaded
  }
}

function reason(permission, cameras) {
  if (!window.isSecureContext) return "insecure";
  if (!navigator.mediaDevices?.getUserMedia) return "unsupported";
  const [, name, text] = failure() ?? [];
  if (name === "NotAllowedError" && /system/i.test(text)) return "refused-by-system";
  if (permission === "denied") return "refused";
  if (name === "NotAllowedError" && permission !== "granted") return /dismiss/i.test(text) ? "dismissed" : "refused";
  if (name === "NotFoundError" || cameras === 0) return "no-camera";
  if (name === "NotReadableError" || name === "AbortError") return "in-use";
  if (name === "OverconstrainedError") return "unfit";
  if (name && name !== "NotAllowedError") return "other";
  return "none";
}

export default function ({ setStateValue, parentElement }) {
  running.get(parentElement)?.();
  let permission = "unknown";
  let cameras = null;

  const say = () => {
    const word = reason(permission, cameras);
    if (word === (told.get(parentElement) ?? "none")) return;
    told.set(parentElement, word);
    setStateValue("problem", word);
  };
  const count = async () => {
    try {
      const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? null;
      cameras = devices && devices.filter((device) => device.kind === "videoinput").length;
    } catch {
      cameras = null;
    }
  };
  const ask = async () => {
    try {
      const status = await navigator.permissions.query({ name: "camera" });
      permission = status.state;
      status.onchange = () => {
        permission = status.state;
        say();
      };
    } catch {
      permission = "unknown"; // not every browser answers this question
    }
  };
  const changed = () => count().then(say);

  let timer = null;
  let ended = false;
  Promise.all([count(), ask()]).then(() => {
    if (ended) return;
    say();
    timer = setInterval(say, EVERY_MS);
  });
  navigator.mediaDevices?.addEventListener?.("devicechange", changed);

  const end = () => {
    ended = true;
    clearInterval(timer);
    navigator.mediaDevices?.removeEventListener?.("devicechange", changed);
  };
  running.set(parentElement, end);
  return end;
}
