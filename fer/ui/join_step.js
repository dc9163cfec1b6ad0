// Begins each step of the student's page at its top, and keeps a phone's screen on while its camera takes part:
// a phone that falls asleep on the desk would end the camera.
//
// Screen Wake Lock: Chrome 84 on Android, Safari 16.4 on iOS. Where it is missing or refused (as by a low battery),
// the phone sleeps as it always does, and the page comes back to its seat when it wakes.

const pages = new WeakMap();

class Page {
  constructor(root) {
    this.step = null;
    this.awake = false;
    this.lock = null;
    this.asking = false;
    // Browsers let go of the lock when the tab is hidden, and give it back to nobody by themselves.
    this.seen = () => this.keep();
    document.addEventListener("visibilitychange", this.seen);
    const frame = (root.host ?? root).closest('[data-testid="stElementContainer"]');
    if (frame) frame.style.display = "none";
  }

  update({ step, awake }) {
    if (this.step !== null && this.step !== step) {
      document.querySelector('[data-testid="stMain"]')?.scrollTo({ top: 0 });
    }
    this.step = step;
    this.awake = awake;
    this.keep();
  }

  async keep() {
    if (!this.awake) {
      const lock = this.lock;
      this.lock = null;
      return lock?.release().catch(() => {});
    }
    if (this.asking || (this.lock && !this.lock.released) || document.visibilityState !== "visible") return;
    this.asking = true;
    try {
      this.lock = (await navigator.wakeLock?.request("screen")) ?? null;
    } catch {
      this.lock = null;
    } finally {
      this.asking = false;
    }
    if (!this.awake) this.keep();
  }

  end() {
    document.removeEventListener("visibilitychange", this.seen);
    this.awake = false;
    this.keep();
  }
}

// Streamlit ends a call that was overtaken while its place lives on: only a place that left the page ends its object.
export default function ({ data, parentElement: place }) {
  if (!pages.has(place)) pages.set(place, new Page(place));
  const page = pages.get(place);
  page.update(data);
  return () =>
    setTimeout(() => {
      if (place.isConnected || pages.get(place) !== page) return;
      pages.delete(place);
      page.end();
    });
}
