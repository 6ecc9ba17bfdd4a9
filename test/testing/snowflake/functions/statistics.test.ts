import { describe, expect, it } from 'vitest';
import { asked } from './asked.js';

const { rows, row, refusal } =
  asked(`CREATE TABLE P AS SELECT COLUMN1 AS K, COLUMN2 AS Y, COLUMN3 AS X, COLUMN4 AS S FROM VALUES
  ('a', 10, 11, 'z'), ('a', 20, 22, 'y'), ('b', 25, NULL, 'x'), ('b', 30, 35, 'w'), ('b', NULL, 1, NULL)`);

// "REGR_SLOPE", "REGR_INTERCEPT", "REGR_COUNT", "REGR_AVGX", "REGR_SXX", "REGR_SXY", "REGR_R2", "COVAR_SAMP"
describe('statistics of two columns', () => {
  it('count pairs without NULL', async () => {
    const sql = `SELECT REGR_COUNT(Y, X) AS N, REGR_AVGX(Y, X) AS AX, REGR_AVGY(Y, X) AS AY, ROUND(REGR_SLOPE(Y, X), 6) AS SLOPE,
      ROUND(REGR_INTERCEPT(Y, X), 6) AS I, ROUND(REGR_SXX(Y, X), 6) AS SXX, ROUND(REGR_SXY(Y, X), 6) AS SXY, ROUND(REGR_SYY(Y, X), 6) AS SYY,
      ROUND(REGR_R2(Y, X), 6) AS R2, COVAR_POP(Y, X) AS CP, COVAR_SAMP(Y, X) AS CS FROM P`;
    const [x, y] = [
      [11, 22, 35],
      [10, 20, 30],
    ];
    const mean = (list: number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
    const around = (a: number[], b: number[]): number =>
      a.reduce((sum, v, i) => sum + (v - mean(a)) * ((b[i] ?? 0) - mean(b)), 0);
    const round = (value: number): number => Math.round(value * 1e6) / 1e6;
    const [sxx, sxy, syy] = [around(x, x), around(x, y), around(y, y)];
    const found = await row(sql);
    expect(found).toMatchObject({
      N: 3,
      AY: 20,
      SLOPE: round(sxy / sxx),
      I: round(mean(y) - (sxy / sxx) * mean(x)),
      SXX: round(sxx),
      SXY: round(sxy),
      SYY: round(syy),
      R2: round(sxy ** 2 / (sxx * syy)),
    });
    expect(found['AX']).toBeCloseTo(mean(x), 9);
    expect(found['CP']).toBeCloseTo(sxy / 3, 9);
    expect(found['CS']).toBeCloseTo(sxy / 2, 9);
  });

  it('work over windows', async () => {
    expect(await rows('SELECT DISTINCT K, REGR_COUNT(Y, X) OVER (PARTITION BY K) FROM P ORDER BY K')).toBe(
      '[["a",2],["b",1]]',
    );
  });
});

// "APPROX_COUNT_DISTINCT", "APPROX_PERCENTILE", "APPROX_TOP_K", "HLL"
describe('estimates', () => {
  it('are exact', async () => {
    expect(await rows('SELECT APPROX_COUNT_DISTINCT(K), HLL(K, S), APPROX_PERCENTILE(Y, 0.5) FROM P')).toBe(
      '[[2,4,22.5]]',
    );
    expect(await rows('SELECT APPROX_TOP_K(K, 1), APPROX_TOP_K(K, 3, 100) FROM P')).toBe(
      '[[[["b",3]],[["b",3],["a",2]]]]',
    );
  });

  it('are refused where they can only be estimates, or nothing', async () => {
    expect(await refusal('SELECT APPROX_PERCENTILE(Y, 2) FROM P')).toContain('APPROX_PERCENTILE of 2');
    expect(await refusal('SELECT HLL_ACCUMULATE(Y) FROM P')).toContain('HLL_ACCUMULATE');
  });
});

// "LISTAGG"
describe('LISTAGG over a window', () => {
  it('lists a partition in the order that it is told', async () => {
    expect(
      await rows(
        `SELECT Y, LISTAGG(S, ',') WITHIN GROUP (ORDER BY Y DESC) OVER (PARTITION BY K) FROM P WHERE Y IS NOT NULL ORDER BY Y`,
      ),
    ).toBe('[[10,"y,z"],[20,"y,z"],[25,"w,x"],[30,"w,x"]]');
    expect(await rows(`SELECT DISTINCT LISTAGG(DISTINCT K, '+') WITHIN GROUP (ORDER BY K DESC) OVER () FROM P`)).toBe(
      '[["b+a"]]',
    );
    expect(
      await rows(`SELECT DISTINCT K, ARRAY_SIZE(ARRAY_UNIQUE_AGG(S) OVER (PARTITION BY K)) FROM P ORDER BY K`),
    ).toBe('[["a",2],["b",2]]');
  });

  it('is refused in an order of something else, and with a frame', async () => {
    expect(await refusal(`SELECT LISTAGG(DISTINCT K) WITHIN GROUP (ORDER BY Y) OVER () FROM P`)).toContain(
      'in another order',
    );
    expect(await refusal(`SELECT LISTAGG(K) OVER (ORDER BY Y) FROM P`)).toContain('ORDER BY or a frame');
  });
});

// "ORDER BY", "OBJECT_AGG"
describe('a constant', () => {
  it('orders nothing', async () => {
    expect(await rows(`SELECT 'x' AS C, COUNT(*) FROM P GROUP BY C ORDER BY C`)).toBe('[["x",5]]');
    expect(await rows(`SELECT DISTINCT COUNT(*) OVER (PARTITION BY K ORDER BY 'x') FROM P ORDER BY 1`)).toBe(
      '[[2],[3]]',
    );
    expect(await rows(`SELECT OBJECT_AGG('k', Y) FROM P WHERE Y = 10`)).toBe('[[{"k":10}]]');
  });
});

// "COUNT", "HASH", "Object constants"
describe('all columns as arguments', () => {
  it('count rows without NULL', async () => {
    expect(await rows('SELECT COUNT(*), COUNT(P.*), COUNT(DISTINCT *) FROM P')).toBe('[[5,3,3]]');
    expect(await rows('SELECT COUNT(p.* EXCLUDE X) FROM P')).toBe('[[4]]');
  });

  it('hash whole rows: equal rows alike, others apart, NULL too', async () => {
    const sql = `WITH R AS (SELECT 1 AS A, NULL AS B UNION ALL SELECT 1, NULL UNION ALL SELECT 1, 2 UNION ALL SELECT NULL, 1)
      SELECT COUNT(DISTINCT HASH(*)), COUNT(DISTINCT HASH(R.*)), COUNT(HASH(*)) FROM R`;
    expect(await rows(sql)).toBe('[[3,3,4]]');
  });

  it('make objects', async () => {
    expect(await rows(`SELECT {*}, {* EXCLUDE (X, S)} FROM P WHERE Y = 10`)).toBe(
      '[[{"K":"a","S":"z","X":11,"Y":10},{"K":"a","Y":10}]]',
    );
  });
});
