// A zip archive of small files, stored as they are (PKWARE's APPNOTE 4.3.7, 4.3.12, 4.3.16).

const TABLE = Uint32Array.from({ length: 256 }, (_, value) => {
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  return value;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 255];
  return (crc ^ 0xffffffff) >>> 0;
}

/** Bytes of numbers, each given with its size, little-endian. */
function packed(...numbers) {
  return numbers.flatMap(([value, size]) =>
    Array.from({ length: size }, (_, i) => (value >>> (8 * i)) & 255),
  );
}

/** Return a zip file of [name, bytes] pairs as a Blob. */
export function zip(files) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const [name, bytes] of files) {
    const title = new TextEncoder().encode(name);
    const both = packed(
      [20, 2], [0x800, 2], [0, 2], [0, 2], [0x21, 2], // version, UTF-8 names, stored, 1 January 1980
      [crc32(bytes), 4], [bytes.length, 4], [bytes.length, 4], [title.length, 2], [0, 2],
    );
    const local = Uint8Array.from([...packed([0x04034b50, 4]), ...both, ...title]);
    parts.push(local, bytes);
    directory.push(
      ...packed([0x02014b50, 4], [20, 2]), ...both,
      ...packed([0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]), ...title,
    );
    offset += local.length + bytes.length;
  }
  const end = packed(
    [0x06054b50, 4], [0, 2], [0, 2], [files.length, 2], [files.length, 2],
    [directory.length, 4], [offset, 4], [0, 2],
  );
  return new Blob([...parts, Uint8Array.from([...directory, ...end])], { type: "application/zip" });
}
