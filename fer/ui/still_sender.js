// Takes stills of a stream and hands them to the page one at a time: the next only when the last was acknowledged.
// Used by stills.js and screen.js, which it is put in front of.

const UNANSWERED_MS = 5000; // after a lost connection the page never answers
const LOOK_MS = 100;
const JPEG = "image/jpeg";

// Calls a function again and again. Browsers slow the clocks of hidden tabs down to once a minute, but not those of
// workers.
function everyLook(look) {
  let worker = null;
  let timer = null;
  const slowly = () => {
    timer ??= setInterval(look, LOOK_MS);
  };
  try {
    const text = `setInterval(() => postMessage(0), ${LOOK_MS})`;
    const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    worker = new Worker(address);
    worker.onmessage = look;
    worker.onerror = slowly;
    URL.revokeObjectURL(address);
  } catch {
    slowly();
  }
  return () => {
    worker?.terminate();
    clearInterval(timer);
  };
}

class StillSender {
  // hz: stills a second, 0 for none; longest: of the still's longer side in pixels; quality of the JPEG, 0 to 1.
  constructor(video, longest, quality, send) {
    Object.assign(this, { video, longest, quality, send, hz: 0 });
    this.canvas = document.createElement("canvas");
    this.page = Math.random().toString(36).slice(2);
    this.count = 0;
    this.awaited = null;
    this.sentAt = -Infinity;
    this.taking = false;
    this.stopLooking = everyLook(() => this.look());
  }

  acknowledge(name) {
    if (name === this.awaited) this.awaited = null;
  }

  end() {
    this.stopLooking();
    this.hz = 0;
  }

  async look() {
    const now = performance.now();
    if (!this.hz || this.taking || now - this.sentAt < 1000 / this.hz - LOOK_MS / 2) return;
    if (this.awaited !== null && now - this.sentAt < UNANSWERED_MS) return;
    const track = this.video.srcObject?.getVideoTracks()[0];
    // A muted track shows its last picture for ever: another program took the camera, or the tab lies in the back.
    if (track?.readyState !== "live" || track.muted) return;
    this.taking = true;
    try {
      const jpeg = await this.take(track);
      if (!jpeg || !this.hz) return;
      this.sentAt = performance.now();
      this.awaited = `${this.page}-${++this.count}`;
      this.send({ name: this.awaited, jpeg, width: this.canvas.width, height: this.canvas.height });
    } catch {
      this.sentAt = performance.now(); // not again at once; the next one may succeed
    } finally {
      this.taking = false;
    }
  }

  async take(track) {
    if (document.hidden && window.ImageCapture) {
      // A hidden tab's video may stand still; its track does not.
      const picture = await new ImageCapture(track).grabFrame();
      const jpeg = this.draw(picture, picture.width, picture.height);
      picture.close();
      return jpeg;
    }
    if (this.video.readyState < 2 || !this.video.videoWidth) return null;
    return this.draw(this.video, this.video.videoWidth, this.video.videoHeight);
  }

  draw(picture, width, height) {
    const share = Math.min(1, this.longest / Math.max(width, height));
    this.canvas.width = Math.max(1, Math.round(width * share));
    this.canvas.height = Math.max(1, Math.round(height * share));
    this.canvas.getContext("2d").drawImage(picture, 0, 0, this.canvas.width, this.canvas.height);
    const address = this.canvas.toDataURL(JPEG, this.quality);
    return address.startsWith(`data:${JPEG};base64,`) ? address.slice(address.indexOf(",") + 1) : null;
  }
}

// Keeps one object for each place on the page. Streamlit calls a component again whenever its data change, and ends a
// call that was overtaken while its place lives on: only a place that has left the page ends its object.
function keeper(make) {
  const kept = new WeakMap();
  return (call) => {
    const place = call.parentElement;
    let one = kept.get(place);
    if (!one) kept.set(place, (one = make(place)));
    one.update(call);
    return () =>
      setTimeout(() => {
        if (place.isConnected || kept.get(place) !== one) return;
        kept.delete(place);
        one.end();
      });
  };
}
