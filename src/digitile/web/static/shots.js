// A shot is a picture, or the sheet, with what was read on it:
// {name, file, sent, page, picture: {blob, width, height}, scale, reading, lines, grid, turned, trouble}

import { ask } from "./api.js";
import { toLines } from "./lines.js";
import { open, preview } from "./pictures.js";
import { say } from "./words.js";

/** Find out what of a shot's file is sent, and whether the browser can show it. */
export async function openShot(shot) {
  if (!shot.file) return;
  const { sent, shown } = await open(shot.file);
  Object.assign(shot, { sent, picture: shown, file: null });
}

/** Read a shot, by rules as parameters; return shots of the further pages of its file. */
export async function readShot(shot, rules, signal) {
  let further = [];
  if (!shot.reading) {
    const answer = await ask(`/read?${rules}`, { method: "POST", body: shot.sent, signal });
    ({ further = [], ...shot.reading } = answer);
  }
  const isFirst = !shot.scale;
  const page = shot.page ?? 1;
  if (!shot.picture) {
    const { shown, scale } = await preview(shot.sent, page, signal);
    Object.assign(shot, { picture: shown, scale });
  }
  shot.scale ??= 1;
  const { turned, grid } = shot.reading;
  Object.assign(shot, { turned, grid: scaledGrid(grid, shot.scale), lines: toLines(shot.reading, shot.scale) });
  const others = isFirst
    ? further.map((reading) => ({ name: say("page_of", shot.name, reading.page), sent: shot.sent, page: reading.page, reading }))
    : [];
  // from now on, a further page is a picture of its own
  if (page > 1) Object.assign(shot, { sent: shot.picture.blob, scale: 1, page: 1 });
  return others;
}

function scaledGrid(grid, by) {
  const scaled = (box) => Object.fromEntries(Object.entries(box).map(([key, value]) => [key, by * value]));
  return grid && { rows: grid.rows.map((row) => row.map((cell) => ({ ...cell, box: scaled(cell.box) }))) };
}
