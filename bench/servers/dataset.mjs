import { gzipSync } from 'node:zlib';

// The ten kinds of column a customer table has; wider tables repeat them.
const KINDS = [
  { name: 'userId', type: 'fixed', precision: 38, scale: 0 },
  { name: 'email', type: 'text', length: 16777216 },
  { name: 'first_name', type: 'text', length: 16777216 },
  { name: 'balance', type: 'fixed', precision: 12, scale: 2 },
  { name: 'score', type: 'real' },
  { name: 'active', type: 'boolean' },
  { name: 'signed_up_on', type: 'date' },
  { name: 'updated_at', type: 'timestamp_ntz', scale: 9 },
  { name: 'last_seen_at', type: 'timestamp_tz', scale: 9 },
  { name: 'attributes', type: 'variant' },
];
const NAMES = [
  'Ada',
  'Børge',
  'Chloé',
  'Dmitri',
  'Eleni',
  'Fatima',
  'Günther',
  'Hana',
  'Ivo',
  'Jürgen',
  '晴子',
  'Łukasz',
];
const PLANS = ['free', 'pro', 'team', 'enterprise'];

/** Cells of one chunk and of the inline part: near the 12,288 inline rows that real accounts are reported to send. */
const CHUNK_CELLS = 125_000;
const DISTINCT_CHUNKS = 40;
const PLAIN_CHUNKS = 4;

/** mulberry32: small, seeded, good enough for test data. */
function random(seed) {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function value(kind, id, next) {
  switch (kind) {
    case 'userId':
      return String(id);
    case 'email':
      return `person${id}@example.com`;
    case 'first_name':
      return NAMES[Math.floor(next() * NAMES.length)];
    case 'balance':
      return (next() * 10_000).toFixed(2);
    case 'score':
      return String(Math.round(next() * 1e6) / 1e6);
    case 'active':
      return next() < 0.7 ? '1' : '0';
    case 'signed_up_on':
      return String(18_000 + Math.floor(next() * 1_500));
    case 'updated_at':
      return `${1_690_000_000 + Math.floor(next() * 1e7)}.${String(Math.floor(next() * 1e9)).padStart(9, '0')}`;
    case 'last_seen_at':
      return `${1_690_000_000 + Math.floor(next() * 1e7)}.${String(Math.floor(next() * 1e3)).padStart(3, '0')}000000 ${1440 + 60 * Math.floor(next() * 12)}`;
    default:
      return `{\n  "plan": "${PLANS[Math.floor(next() * PLANS.length)]}",\n  "seats": ${Math.floor(next() * 50)},\n  "tags": [\n    "a",\n    "b"\n  ]\n}`;
  }
}

function rowtype(columns) {
  return Array.from({ length: columns }, (_, index) => {
    const kind = KINDS[index % KINDS.length];
    return {
      name: index < KINDS.length ? kind.name : `${kind.name}_${Math.floor(index / KINDS.length)}`,
      database: 'SHOP',
      schema: 'PUBLIC',
      table: 'PEOPLE',
      nullable: true,
      type: kind.type,
      length: kind.length ?? null,
      byteLength: kind.length ?? null,
      precision: kind.precision ?? (kind.type.startsWith('time') ? 0 : null),
      scale: kind.scale ?? null,
      collation: null,
    };
  });
}

/**
 * A prepared result: all its rows exist as gzip bodies before a contestant starts, so that the server costs next to
 * nothing while one is measured. Results longer than the distinct chunks repeat them.
 */
export function makeDataset(columns) {
  const types = rowtype(columns);
  const chunkRows = Math.max(500, Math.floor(CHUNK_CELLS / columns / 500) * 500);
  const chunks = Array.from({ length: DISTINCT_CHUNKS }, (_, chunk) => {
    const next = random(chunk + 1);
    const rows = Array.from({ length: chunkRows }, (_, row) =>
      types.map((_column, index) => {
        const cell = value(KINDS[index % KINDS.length].name, chunk * chunkRows + row + 1, next);
        return index > 0 && next() < 0.02 ? null : cell;
      }),
    );
    const text = JSON.stringify(rows);
    return {
      rows,
      // The driver's chunks come without the outer brackets, the SQL API's partitions with.
      driver: gzipSync(text.slice(1, -1), { level: 6 }),
      partition: gzipSync(`{"data":${text}}`, { level: 6 }),
      uncompressedSize: text.length,
    };
  });
  const inline = chunks[0].rows;
  // The rows of a few: results with keys are made of them.
  const plain = chunks.slice(0, PLAIN_CHUNKS).map((chunk) => chunk.rows);
  for (const chunk of chunks) chunk.rows = undefined;
  return { types, chunks, inline, plain, chunkRows };
}

/** The parts of a result of `total` rows: the inline part, then whole chunks. */
export function layout(dataset, total) {
  if (total < dataset.chunkRows) return { inline: dataset.inline.slice(0, total), parts: [], rows: total };
  if (total % dataset.chunkRows !== 0) throw new Error(`choose a multiple of ${dataset.chunkRows} rows, not ${total}`);
  const parts = [];
  for (let index = 1; index < total / dataset.chunkRows; index++) {
    const chunk = index % dataset.chunks.length;
    parts.push({ index: chunk, rowCount: dataset.chunkRows, chunk: dataset.chunks[chunk] });
  }
  return { inline: dataset.inline, parts, rows: total };
}
