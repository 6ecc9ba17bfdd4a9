import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** The column of keys, as a result has it. */
const KEY_TYPE = {
  name: '__SNOWMELT_KEY',
  database: null,
  schema: null,
  table: null,
  nullable: true,
  type: 'text',
  length: 32,
  byteLength: 128,
  precision: null,
  scale: null,
  collation: null,
};

/** One row in a hundred is changed. */
const isChanged = (row) => row % 100 === 7;

/** As evenly spread as hashes are, and as little to be compressed, but in order. */
function keyOf(row, rows) {
  const start = Math.floor((row / rows) * 0xffffffff).toString(16);
  return start.padStart(8, '0') + createHash('md5').update(String(row)).digest('hex').slice(8);
}

/**
 * A result of so many rows with a key in each, all of it made before a contestant starts. Every row has its own person.
 *
 * @param version - rows that are changed differ between two versions
 */
export function keyedResult({ types, plain, chunkRows }, rows, version) {
  const parts = [];
  let inline = [];
  for (let from = 0; from < rows; from += chunkRows) {
    const some = plain[(from / chunkRows) % plain.length]
      .slice(0, Math.min(chunkRows, rows - from))
      .map((cells, at) => {
        const row = from + at;
        const own = [...cells, keyOf(row, rows)];
        own[0] = String(row + 1);
        own[1] = `person${row + 1}@${isChanged(row) ? version : 'example'}.com`;
        return own;
      });
    if (from === 0) {
      inline = some;
      continue;
    }
    const text = JSON.stringify(some);
    // The driver's chunks come without the outer brackets, the SQL API's partitions with.
    const driver = gzipSync(text.slice(1, -1), { level: 6 });
    const partition = gzipSync(`{"data":${text}}`, { level: 6 });
    parts.push({
      index: parts.length,
      rowCount: some.length,
      chunk: { driver, partition, uncompressedSize: text.length },
    });
  }
  return { data: { types: [...types, KEY_TYPE] }, inline, parts, rows };
}
