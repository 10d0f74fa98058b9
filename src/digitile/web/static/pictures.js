// Pictures: what is sent to be read, and what is shown of them.

import { ask } from "./api.js";
import { make } from "./dom.js";

const LONGEST = 2400; // pixels of a photo's longer side as it is sent
const LARGEST = 8_000_000; // bytes of a file that is sent as it is: below what a server takes
const AS_IT_IS = new Set(["image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "image/avif"]);
const QUALITY = 0.95; // of a JPEG

/**
 * Return a file as {sent, shown}: the file itself where the server reads its kind, else as the
 * browser sees it, upright and no larger than needed. Where the browser cannot show it, as a TIFF,
 * the server may still read it: `shown` is null until `preview` has fetched it.
 */
export async function open(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return { sent: file, shown: null };
  }
  const { width, height } = bitmap;
  if (AS_IT_IS.has(file.type) && Math.max(width, height) <= LONGEST && file.size <= LARGEST) {
    bitmap.close();
    return { sent: file, shown: { blob: file, width, height } };
  }
  const shown = await drawn(bitmap, Math.min(1, LONGEST / Math.max(width, height)), 0, file.type);
  return { sent: shown.blob, shown };
}

/** Return a picture turned clockwise by a quarter. */
export async function quarter({ blob }) {
  const bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" });
  return drawn(bitmap, 1, 90, blob.type);
}

async function drawn(bitmap, scale, turn, type) {
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(scale * side)));
  const canvas = make("canvas", { width: turn ? height : width, height: turn ? width : height });
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  const lossless = type === "image/png" || type === "image/bmp" || type === "image/gif";
  if (!lossless) {
    pen.fillStyle = "#fff"; // a JPEG has no transparency
    pen.fillRect(0, 0, canvas.width, canvas.height);
  }
  pen.translate(canvas.width / 2, canvas.height / 2);
  pen.rotate((turn * Math.PI) / 180);
  pen.drawImage(bitmap, -width / 2, -height / 2, width, height);
  bitmap.close();
  const blob = await new Promise((done) => canvas.toBlob(done, lossless ? "image/png" : "image/jpeg", QUALITY));
  return { blob, width: canvas.width, height: canvas.height };
}

/** Have the server show a page; `scale` is the picture's size relative to the page's own. */
export async function preview(file, page, signal) {
  const { width, picture } = await ask(`/preview?page=${page}`, { method: "POST", body: file, signal });
  const content = atob(picture.slice(picture.indexOf(",") + 1));
  const blob = new Blob([Uint8Array.from(content, (letter) => letter.charCodeAt(0))], { type: "image/jpeg" });
  const bitmap = await createImageBitmap(blob);
  const shown = { blob, width: bitmap.width, height: bitmap.height };
  bitmap.close();
  return { shown, scale: shown.width / width };
}
