// A window, tab or screen that the teacher shares, handed to the page in stills. The browser itself asks what to share,
// shows that it is shared, and has a control of its own to end it.

const QUALITY = 0.75;

class Screen {
  constructor(place) {
    this.told = "";
    this.number = 0;
    this.build(place);
    this.leave = () => this.close("off");
    addEventListener("pagehide", this.leave);
  }

  build(place) {
    const style = document.createElement("style");
    style.textContent = `
      :host {display: block}
      div {display: flex; gap: .75rem; align-items: center; flex-wrap: wrap}
      button {font: inherit; color: inherit; min-height: 2.75rem; padding: 0 1rem; border-radius: 8px; cursor: pointer;
        border: 1px solid color-mix(in srgb, currentColor 35%, transparent); background: transparent}
      video {height: 5.5rem; max-width: 100%; border-radius: 8px; background: #000}
      [hidden] {display: none}`;
    this.button = Object.assign(document.createElement("button"), { type: "button" });
    this.button.addEventListener("click", () => (this.video.srcObject ? this.close("off") : this.open()));
    this.video = Object.assign(document.createElement("video"), { muted: true, autoplay: true, playsInline: true });
    this.video.setAttribute("aria-label", "What is shared");
    const row = document.createElement("div");
    row.append(this.button, this.video);
    place.append(style, row);
  }

  update(call) {
    this.call = call;
    this.sender ??= new StillSender(this.video, call.data.longest, QUALITY, (still) =>
      this.call.setTriggerValue("still", still),
    );
    this.sender.acknowledge(call.data.ack);
    this.sender.hz = call.data.hz;
    if (this.told === "") this.say(navigator.mediaDevices?.getDisplayMedia ? "off" : "unsupported");
  }

  say(word) {
    const on = word === "on";
    this.button.textContent = on ? "Stop sharing" : "Share the call's window";
    this.button.hidden = word === "unsupported";
    this.video.hidden = !on;
    if (word === this.told) return;
    this.told = word;
    this.call.setStateValue("screen", word);
  }

  async open() {
    const number = ++this.number;
    try {
      const wanted = { frameRate: { ideal: 5, max: 15 }, width: { max: this.call.data.longest } };
      // Asked for while the click still counts: browsers share nothing without one.
      const stream = await navigator.mediaDevices.getDisplayMedia({ video: wanted, audio: false });
      if (number !== this.number) return stop(stream);
      stream.getVideoTracks()[0].addEventListener("ended", () => number === this.number && this.close("off"));
      this.video.srcObject = stream;
      this.video.play().catch(() => {});
      this.say("on");
    } catch (error) {
      const chosenNone = error.name === "NotAllowedError" || error.name === "AbortError";
      this.say(chosenNone ? (/system/i.test(error.message ?? "") ? "refused-by-system" : "refused") : "failed");
    }
  }

  close(word) {
    this.number++;
    stop(this.video.srcObject);
    this.video.srcObject = null;
    this.say(word);
  }

  end() {
    removeEventListener("pagehide", this.leave);
    this.sender?.end();
    this.number++;
    stop(this.video.srcObject);
    this.video.srcObject = null;
  }
}

function stop(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

export default keeper((place) => new Screen(place));
