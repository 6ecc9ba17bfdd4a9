/** Folders or files of one place, lowest first: each may import what stands before it. Those in one list import none of each other. */
export type Order = readonly (string | readonly string[])[];

// The data's path. The entries, files right in src, only re-export.
const top: Order = [
  'errors',
  ['async', 'disk'],
  'options',
  'http',
  ['source', 'query', 'mapping', 'sink', 'state'],
  'diff',
  'delivery',
  'sync',
  ['setup', 'schedule', 'report', 'otel', 'workers'],
  'testing',
  'cli',
  '.',
  'parts',
];

/** These share types, never code. */
export const leaves = ['source', 'query', 'mapping', 'sink', 'state'];

/** The rooms of each folder in their order; '.' stands for the files right in it. docs/architecture.md shows them. */
export const rooms: Readonly<Record<string, Order>> = {
  src: top,
  'src/source': ['auth', '.', ['snowflake', 'sql-api']],
  'src/mapping': ['.', 'values', 'columns', 'semantic', 'calls'],
  'src/sink': ['.', 'http', ['action-destinations', 'around', 'customerio', 'fan-out', 'ndjson', 'segment', 'webhook']],
  'src/state': ['.', 'stores'],
  'src/delivery': ['report', 'settle', 'read', 'write', 'lanes', '.'],
  'src/diff': [['stores', 'key', 'canonical'], 'segment', 'snapshot', 'merge', 'level', 'walk', '.'],
  'src/sync': [
    'record',
    'journal',
    'options',
    'changes',
    'apply',
    ['run', 'dry', 'row-types'],
    ['ranges', 'replay', 'plan'],
    'explain',
    '.',
  ],
  'src/setup': ['sql', 'doctor'],
  'src/workers': [['pace', 'queue', 'report'], 'jobs', '.'],
  'src/cli': ['.', 'commands'],
  'src/testing': [['collector', 'contracts', 'fakes', 'snowflake'], '.'],
  'src/testing/contracts': ['.', ['row-mapper', 'sink', 'snapshot-store', 'source', 'state-store']],
  'src/testing/snowflake': ['sql', 'auth', 'faults', 'results', 'server', 'protocol', '.'],
  'src/testing/snowflake/protocol': ['http', ['driver', 'sql-api'], '.'],
  'src/testing/snowflake/sql/statements': ['runner', ['define', 'rows', 'show'], '.'],
  'src/testing/snowflake/sql/functions': ['call', 'collections', 'statistics', '.'],
  'src/testing/snowflake/sql': [
    'types',
    'parse',
    'catalog',
    'convert',
    'parameters',
    'bind',
    'functions',
    'statements',
    '.',
  ],
};
