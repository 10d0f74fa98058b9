// Picture files, as the browser decodes them.

import { ENOUGH_PIXELS } from "./numbers/pictures.js";

/** Draw a picture file on a canvas, upright; of many pixels, it is scaled down. */
export async function drawFile(file, canvas) {
  // the bytes of the file, as Python sees them, not those that look best on this screen
  const options = { imageOrientation: "from-image", colorSpaceConversion: "none", premultiplyAlpha: "none" };
  const bitmap = await createImageBitmap(file, options);
  const scale = Math.min(1, Math.sqrt(ENOUGH_PIXELS / (bitmap.width * bitmap.height)));
  canvas.width = Math.max(1, Math.floor(scale * bitmap.width));
  canvas.height = Math.max(1, Math.floor(scale * bitmap.height));
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
}

/** The pixels of a canvas, which can be sent to a worker. */
export function pixelsOf(canvas) {
  const { width, height, data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return { width, height, data };
}
