/** A table of the TPC-H schema: its columns with their types (the same in both dialects) and its rows. */
export interface Table {
  readonly name: string;
  readonly columns: readonly (readonly [name: string, type: string])[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** Numbers that look random and are the same in every run. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * sides);
  };
}

const REGIONS = ['AFRICA', 'AMERICA', 'ASIA', 'EUROPE', 'MIDDLE EAST'];
const NATIONS =
  `ALGERIA:0 ARGENTINA:1 BRAZIL:1 CANADA:1 EGYPT:4 ETHIOPIA:0 FRANCE:3 GERMANY:3 INDIA:2 INDONESIA:2 IRAN:4
  IRAQ:4 JAPAN:2 JORDAN:4 KENYA:0 MOROCCO:0 MOZAMBIQUE:0 PERU:1 CHINA:2 ROMANIA:3 SAUDI_ARABIA:4 VIETNAM:2 RUSSIA:3
  UNITED_KINGDOM:3 UNITED_STATES:1`
    .split(/\s+/)
    .map((entry) => entry.replace('_', ' ').split(':') as [string, string]);
const SEGMENTS = ['AUTOMOBILE', 'BUILDING', 'FURNITURE', 'HOUSEHOLD', 'MACHINERY'];
const PRIORITIES = ['1-URGENT', '2-HIGH', '3-MEDIUM', '4-NOT SPECIFIED', '5-LOW'];
const MODES = ['AIR', 'AIR REG', 'FOB', 'MAIL', 'RAIL', 'SHIP', 'TRUCK'];
const INSTRUCTIONS = ['COLLECT COD', 'DELIVER IN PERSON', 'NONE', 'TAKE BACK RETURN'];
const COLORS = ['almond', 'blush', 'forest', 'green', 'ivory', 'lime'];
const TYPES = [
  ['ECONOMY', 'MEDIUM', 'PROMO', 'STANDARD'],
  ['ANODIZED', 'POLISHED'],
  ['BRASS', 'COPPER', 'STEEL'],
] as const;
const CONTAINERS = ['SM CASE', 'SM BOX', 'MED BAG', 'MED BOX', 'LG CASE', 'LG BOX'];

/** The eight tables at a small scale, with the shapes that the TPC-H specification publishes and made-up contents. */
export function tpchTables(): Table[] {
  const roll = dice(42);
  const pick = <T>(items: readonly T[]): T => items[roll(items.length)] as T;
  const money = (most: number): string => (roll(most * 100) / 100).toFixed(2);
  const day = (from: number): string => new Date(Date.UTC(1992, 0, 1 + from)).toISOString().slice(0, 10);
  const phone = (nation: number): string => `${nation + 10}-${100 + roll(900)}-${100 + roll(900)}-${1000 + roll(9000)}`;
  const remark = (): string =>
    pick(['quick packages', 'special pending requests', 'carefully even', 'Customer slow Complaints']);
  const count = { supplier: 40, customer: 150, part: 200, order: 900 };
  const range = <T>(size: number, row: (n: number) => T): T[] => Array.from({ length: size }, (_, i) => row(i + 1));
  const suppliers = range(count.supplier, (n) => {
    const nation = roll(25);
    return [n, `Supplier#${n}`, `street ${roll(99)}`, nation, phone(nation), money(9000), remark()];
  });
  const customers = range(count.customer, (n) => {
    const nation = roll(25);
    return [
      n,
      `Customer#${n}`,
      `road ${roll(99)}`,
      nation,
      phone(nation),
      (roll(1_100_000) / 100 - 1000).toFixed(2),
      pick(SEGMENTS),
      remark(),
    ];
  });
  const parts = range(count.part, (n) => {
    const type = TYPES.map((words) => pick<string>(words)).join(' ');
    return [
      n,
      `${pick(COLORS)} ${pick(COLORS)}`,
      `Manufacturer#${1 + roll(5)}`,
      `Brand#${1 + roll(2)}${2 + roll(3)}`,
      type,
      1 + roll(50),
      pick(CONTAINERS),
      money(1500),
      remark(),
    ];
  });
  const offers = range(count.part, (n) =>
    range(4, (i) => [n, ((n + i * 10) % count.supplier) + 1, 1 + roll(9999), money(1000), remark()]),
  ).flat();
  const orders: (string | number)[][] = [];
  const lines: (string | number)[][] = [];
  for (let n = 1; n <= count.order; n += 1) {
    const ordered = roll(2400);
    // A third of the customers never orders.
    const customer = 1 + roll(count.customer / 3) * 3 + roll(2);
    const own = range(1 + roll(5), (line) => {
      const part = 1 + roll(count.part);
      const supplier = ((part + (1 + roll(4)) * 10) % count.supplier) + 1;
      const shipped = ordered + 1 + roll(120);
      const flag = shipped > 1260 ? 'N' : pick(['A', 'R']);
      return [
        n,
        part,
        supplier,
        line,
        1 + roll(50),
        money(50_000),
        (roll(11) / 100).toFixed(2),
        (roll(9) / 100).toFixed(2),
        flag,
        shipped > 1260 ? 'O' : 'F',
        day(shipped),
        day(ordered + 30 + roll(60)),
        day(shipped + 1 + roll(30)),
        pick(INSTRUCTIONS),
        pick(MODES),
        remark(),
      ];
    });
    lines.push(...own);
    orders.push([
      n,
      customer,
      pick(['F', 'O', 'P']),
      money(400_000),
      day(ordered),
      pick(PRIORITIES),
      `Clerk#${roll(9)}`,
      0,
      remark(),
    ]);
  }
  const table = (name: string, columns: string, rows: Table['rows']): Table => ({
    name,
    columns: columns.split(', ').map((column) => column.split(' ') as [string, string]),
    rows,
  });
  return [
    table(
      'REGION',
      'R_REGIONKEY INTEGER, R_NAME VARCHAR, R_COMMENT VARCHAR',
      REGIONS.map((name, i) => [i, name, remark()]),
    ),
    table(
      'NATION',
      'N_NATIONKEY INTEGER, N_NAME VARCHAR, N_REGIONKEY INTEGER, N_COMMENT VARCHAR',
      NATIONS.map(([name, region], i) => [i, name, Number(region), remark()]),
    ),
    table(
      'SUPPLIER',
      'S_SUPPKEY INTEGER, S_NAME VARCHAR, S_ADDRESS VARCHAR, S_NATIONKEY INTEGER, S_PHONE VARCHAR, S_ACCTBAL DECIMAL(12,2), S_COMMENT VARCHAR',
      suppliers,
    ),
    table(
      'CUSTOMER',
      'C_CUSTKEY INTEGER, C_NAME VARCHAR, C_ADDRESS VARCHAR, C_NATIONKEY INTEGER, C_PHONE VARCHAR, C_ACCTBAL DECIMAL(12,2), C_MKTSEGMENT VARCHAR, C_COMMENT VARCHAR',
      customers,
    ),
    table(
      'PART',
      'P_PARTKEY INTEGER, P_NAME VARCHAR, P_MFGR VARCHAR, P_BRAND VARCHAR, P_TYPE VARCHAR, P_SIZE INTEGER, P_CONTAINER VARCHAR, P_RETAILPRICE DECIMAL(12,2), P_COMMENT VARCHAR',
      parts,
    ),
    table(
      'PARTSUPP',
      'PS_PARTKEY INTEGER, PS_SUPPKEY INTEGER, PS_AVAILQTY INTEGER, PS_SUPPLYCOST DECIMAL(12,2), PS_COMMENT VARCHAR',
      offers,
    ),
    table(
      'ORDERS',
      'O_ORDERKEY INTEGER, O_CUSTKEY INTEGER, O_ORDERSTATUS VARCHAR, O_TOTALPRICE DECIMAL(12,2), O_ORDERDATE DATE, O_ORDERPRIORITY VARCHAR, O_CLERK VARCHAR, O_SHIPPRIORITY INTEGER, O_COMMENT VARCHAR',
      orders,
    ),
    table(
      'LINEITEM',
      'L_ORDERKEY INTEGER, L_PARTKEY INTEGER, L_SUPPKEY INTEGER, L_LINENUMBER INTEGER, L_QUANTITY DECIMAL(12,2), L_EXTENDEDPRICE DECIMAL(12,2), L_DISCOUNT DECIMAL(12,2), L_TAX DECIMAL(12,2), L_RETURNFLAG VARCHAR, L_LINESTATUS VARCHAR, L_SHIPDATE DATE, L_COMMITDATE DATE, L_RECEIPTDATE DATE, L_SHIPINSTRUCT VARCHAR, L_SHIPMODE VARCHAR, L_COMMENT VARCHAR',
      lines,
    ),
  ];
}
