// The student's own camera: opened once, shown to the student, and, where asked for, handed to the page in stills.
//
// It also lends its picture to streamlit-webrtc, which sends it by WebRTC but shows nothing of it: a camera opened a
// second time would ask some visitors again, and on iPhones would blacken the first picture.

const LONGEST = 320;
const QUALITY = 0.7;
const WATCH_MS = 50;
const AGAIN_MS = 1500;
const FRAME_MS = 8000;
const OFTEN = 6;
const OFTEN_MS = 3000;
const WANTED = {
  width: { ideal: 320 },
  height: { ideal: 240 },
  frameRate: { ideal: 5, max: 30 },
};

function reason(error) {
  const text = error.message ?? "";
  switch (error.name) {
    case "NotAllowedError":
    case "SecurityError":
      return /system/i.test(text) ? "refused-by-system" : /dismiss/i.test(text) ? "dismissed" : "refused";
    case "NotFoundError":
      return "no-camera";
    case "NotReadableError":
    case "AbortError":
      return "in-use";
    case "OverconstrainedError":
      return "unfit";
    default:
      return "other";
  }
}

class Camera {
  constructor(place) {
    this.place = place;
    this.told = "";
    this.word = "starting";
    this.ended = false;
    this.opening = false;
    this.opened = 0;
    this.device = null;
    this.copies = [];
    this.failing = false;
    this.borrower = null;
    this.lent = new Set();
    this.senders = new Set();
    this.build();
    this.sender = new StillSender(this.video, LONGEST, QUALITY, (still) => this.call.setTriggerValue("still", still));
    this.watch = setInterval(() => this.lend(), WATCH_MS);
    this.leave = () => this.close();
    this.changed = () => this.retry();
    addEventListener("pagehide", this.leave);
    navigator.mediaDevices?.addEventListener?.("devicechange", this.changed);
    this.ask();
  }

  build() {
    const style = document.createElement("style");
    style.textContent = `
      :host {display: block}
      video {display: block; width: 100%; aspect-ratio: 4 / 3; object-fit: cover; border-radius: 8px;
        background: color-mix(in srgb, currentColor 12%, transparent); transform: scaleX(-1)}
      button, select {font: inherit; color: inherit; margin-top: .5rem; min-height: 2.75rem; padding: 0 .9rem;
        max-width: 100%; border-radius: 8px; border: 1px solid color-mix(in srgb, currentColor 35%, transparent);
        background: transparent}
      [hidden] {display: none}`;
    this.video = Object.assign(document.createElement("video"), { muted: true, autoplay: true, playsInline: true });
    this.video.setAttribute("playsinline", "");
    this.video.setAttribute("aria-label", "Your own picture, as the camera sees you");
    this.again = Object.assign(document.createElement("button"), { type: "button", textContent: "Try again" });
    this.again.hidden = true;
    this.again.addEventListener("click", () => this.open());
    this.choice = document.createElement("select");
    this.choice.setAttribute("aria-label", "Camera");
    this.choice.hidden = true;
    this.choice.addEventListener("change", () => {
      this.device = this.choice.value;
      this.open();
    });
    this.place.append(style, this.video, this.again, this.choice);
  }

  update(call) {
    const first = !this.call;
    this.call = call;
    this.sender.acknowledge(call.data.ack);
    this.sender.hz = call.data.hz;
    this.lend();
    if (first) this.open();
  }

  say(word) {
    this.word = word ?? this.word;
    this.again.hidden = this.word === "on" || this.word === "starting";
    // Where WebRTC is asked for, the picture counts as there when streamlit-webrtc's frame can have it.
    const waits = this.word === "on" && this.call.data.frame && !this.frame;
    const peer = typeof RTCPeerConnection === "function" && !this.failing;
    const state = { word: waits && peer ? "starting" : this.word, peer };
    const text = JSON.stringify(state);
    if (text === this.told) return;
    this.told = text;
    this.call.setStateValue("camera", state);
  }

  async open() {
    if (this.opening || this.ended) return;
    this.opening = true;
    const number = ++this.opened;
    this.say("starting");
    try {
      if (!isSecureContext) return this.say("insecure");
      if (!navigator.mediaDevices?.getUserMedia) return this.say("unsupported");
      // Closed first: many cameras and all iPhones give one picture at a time.
      this.close();
      const which = this.device ? { deviceId: { exact: this.device } } : { facingMode: "user" };
      const stream = await navigator.mediaDevices.getUserMedia({ video: { ...WANTED, ...which }, audio: false });
      if (this.ended) return stop(stream);
      const [track] = stream.getVideoTracks();
      this.device = track.getSettings().deviceId ?? null;
      track.addEventListener("ended", () => number === this.opened && this.lost());
      this.video.srcObject = stream;
      this.video.play().catch(() => {}); // autoplay does it where this is not allowed
      this.pass(track);
      this.say("on");
      this.list();
      // A frame that is not let onto the page, or not let in, would be waited for in vain.
      setTimeout(() => {
        if (this.frame || this.ended || !this.call.data.frame) return;
        this.failing = true;
        this.say();
      }, FRAME_MS);
    } catch (error) {
      // A camera that was chosen before may be gone: the next attempt takes any.
      this.device = null;
      this.say(reason(error));
    } finally {
      this.opening = false;
    }
  }

  // The camera was unplugged, or the browser's own control ended it. Once more, by itself, where that asks nobody.
  lost() {
    this.close();
    this.device = null;
    this.say("starting");
    setTimeout(() => this.open(), AGAIN_MS);
  }

  retry() {
    if (["no-camera", "in-use", "unfit", "other"].includes(this.word)) this.open();
    else if (this.word === "on") this.list();
  }

  async ask() {
    try {
      this.permission = await navigator.permissions.query({ name: "camera" });
      this.permission.onchange = () => {
        if (this.permission.state === "granted" && this.word !== "on") this.open();
      };
    } catch {
      this.permission = null; // not every browser answers this question
    }
  }

  async list() {
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    const cameras = devices.filter((device) => device.kind === "videoinput" && device.deviceId);
    this.choice.replaceChildren(
      ...cameras.map((one, i) => new Option(one.label || `Camera ${i + 1}`, one.deviceId, false, one.deviceId === this.device)),
    );
    this.choice.hidden = cameras.length < 2;
  }

  // Lets streamlit-webrtc's frame have this picture instead of opening the camera itself. The frame may be made anew at
  // any time, so this is looked at again and again.
  lend() {
    const selector = this.call?.data.frame;
    if (!selector) return;
    let inside = null;
    try {
      inside = document.querySelector(selector)?.contentWindow;
      if (!inside?.navigator.mediaDevices || inside.location.href === "about:blank") return;
      if (inside === this.frame && inside.classmoodCamera === this) return;
      this.borrow(inside);
      this.frame = inside;
    } catch {
      return; // the frame is just being loaded
    }
    this.say();
  }

  borrow(inside) {
    inside.navigator.mediaDevices.getUserMedia = () => this.copy(inside);
    const prototype = inside.RTCPeerConnection?.prototype;
    if (prototype && !inside.classmoodCamera) {
      const addTrack = prototype.addTrack;
      prototype.addTrack = function (...all) {
        const sender = addTrack.apply(this, all);
        inside.classmoodCamera.senders.add(sender);
        return sender;
      };
    }
    inside.classmoodCamera = this;
  }

  // Each connection gets a copy: streamlit-webrtc stops what it got when its connection ends, and the student still
  // looks at the picture.
  async copy(inside) {
    // Until it has loaded all of its code, streamlit-webrtc begins once more with each run of the page, and then confuses
    // its connections. While one has the picture, the others wait for ever, and come to nothing.
    if (this.borrower === inside && this.lentLive()) return new Promise(() => {});
    // It also begins anew at once where it fails; a browser in which it fails at once would be kept busy.
    const now = performance.now();
    this.copies = [...this.copies.filter((then) => now - then < OFTEN_MS), now];
    if (this.copies.length > OFTEN) {
      this.failing = true;
      this.say();
    }
    this.borrower = inside;
    this.takeBack();
    const stream = new MediaStream();
    this.lent.add(stream);
    let track = null;
    while (!(track = this.video.srcObject?.getVideoTracks()[0])) {
      if (this.ended || !this.lent.has(stream)) return new Promise(() => {});
      await new Promise((done) => setTimeout(done, WATCH_MS));
    }
    stream.addTrack(track.clone());
    return stream;
  }

  lentLive() {
    // One without a track yet waits for the camera.
    return [...this.lent].some((stream) => stream.getTracks().every((track) => track.readyState === "live"));
  }

  takeBack() {
    for (const stream of this.lent) stop(stream);
    this.lent.clear();
  }

  // Another camera was chosen, or the same one came back: what runs by WebRTC goes on with its picture.
  pass(track) {
    for (const sender of this.senders) {
      // One that has nothing to send any more was ended by streamlit-webrtc.
      if (!sender.track || !["connecting", "connected"].includes(sender.transport?.state)) {
        this.senders.delete(sender);
        continue;
      }
      const copy = new MediaStream([track.clone()]);
      this.lent.add(copy);
      sender.replaceTrack(copy.getVideoTracks()[0]).catch(() => stop(copy));
    }
  }

  close() {
    this.takeBack();
    stop(this.video.srcObject);
    this.video.srcObject = null;
  }

  end() {
    this.ended = true;
    this.sender.end();
    clearInterval(this.watch);
    if (this.permission) this.permission.onchange = null;
    removeEventListener("pagehide", this.leave);
    navigator.mediaDevices?.removeEventListener?.("devicechange", this.changed);
    this.close();
  }
}

function stop(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

export default keeper((place) => new Camera(place));
