// A sheet to write on, with mouse, pen or finger.

/**
 * Strokes on a canvas, `stroke` pixels wide; `onStroke` is called when the pen is lifted, `onPen`
 * when it is set down.
 */
export class Paper {
  constructor(canvas, { size, stroke, onPen, onStroke }) {
    this.canvas = canvas;
    this.stroke = stroke;
    this.strokes = [];
    this.pen = null;
    [canvas.width, canvas.height] = size;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.pen !== null) return;
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      this.pen = event.pointerId;
      this.strokes.push([this.#place(event)]);
      this.draw();
      onPen();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId !== this.pen) return;
      const between = event.getCoalescedEvents?.() ?? [];
      for (const one of between.length ? between : [event]) this.strokes.at(-1).push(this.#place(one));
      this.draw();
    });
    const lift = (event) => {
      if (event.pointerId !== this.pen) return;
      this.pen = null;
      onStroke();
    };
    canvas.addEventListener("pointerup", lift);
    canvas.addEventListener("pointercancel", lift);
    this.draw();
  }

  #place(event) {
    const { left, top, width } = this.canvas.getBoundingClientRect();
    const scale = this.canvas.width / width;
    return [(event.clientX - left) * scale, (event.clientY - top) * scale];
  }

  get empty() {
    return this.strokes.length === 0;
  }

  undo() {
    this.strokes.pop();
    this.draw();
  }

  clear() {
    this.strokes = [];
    this.draw();
  }

  draw() {
    const { canvas } = this;
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.strokeStyle = "#14213d";
    pen.lineWidth = this.stroke;
    pen.lineCap = pen.lineJoin = "round";
    for (const [first, ...rest] of this.strokes) {
      pen.beginPath();
      pen.moveTo(...first);
      pen.lineTo(...first); // a dot, where nothing follows
      let last = first;
      for (const next of rest) {
        pen.quadraticCurveTo(...last, (last[0] + next[0]) / 2, (last[1] + next[1]) / 2);
        last = next;
      }
      pen.lineTo(...last);
      pen.stroke();
    }
  }

  /** The sheet as a file. */
  blob() {
    return new Promise((done) => this.canvas.toBlob(done, "image/png"));
  }
}
