import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/errors/errors.js';
import { rotateKeySql } from '../../src/setup/sql/rotate-key-sql.js';
import { setupSql } from '../../src/setup/sql/setup-sql.js';
import { tearDownSql } from '../../src/setup/sql/tear-down-sql.js';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const bare = pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

function refusal(run: () => unknown): ConfigError {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('setupSql', () => {
  it('grants SELECT on the named table and on nothing else', () => {
    const sql = setupSql({ publicKey, select: ['shop.public.people'] });
    expect(sql.match(/GRANT .*/g)).toEqual([
      'GRANT USAGE ON WAREHOUSE "SNOWMELT" TO ROLE "SNOWMELT";',
      'GRANT USAGE ON DATABASE "SHOP" TO ROLE "SNOWMELT";',
      'GRANT USAGE ON SCHEMA "SHOP"."PUBLIC" TO ROLE "SNOWMELT";',
      'GRANT SELECT ON TABLE "SHOP"."PUBLIC"."PEOPLE" TO ROLE "SNOWMELT";',
      'GRANT ROLE "SNOWMELT" TO USER "SNOWMELT";',
    ]);
  });

  it('makes a service user with the bare public key and exact column names', () => {
    const sql = setupSql({ publicKey, select: ['SHOP.*'] });
    expect(sql).toContain('TYPE = SERVICE');
    expect(sql).toContain(`RSA_PUBLIC_KEY = '${bare}'`);
    expect(sql).toContain('QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE');
    expect(sql).not.toContain('PASSWORD');
  });

  it('grants on future objects only on request', () => {
    expect(setupSql({ publicKey, select: ['SHOP.PUBLIC.*'] })).not.toContain('FUTURE');
    expect(setupSql({ publicKey, select: ['SHOP.PUBLIC.*'], future: true })).toContain(
      'GRANT SELECT ON FUTURE VIEWS IN SCHEMA "SHOP"."PUBLIC" TO ROLE "SNOWMELT";',
    );
  });

  it('adds network policy, resource monitor and state table on request', () => {
    const sql = setupSql({
      publicKey,
      select: ['SHOP.PUBLIC."my view"'],
      views: ['SHOP.PUBLIC."my view"'],
      allowedIps: ['203.0.113.7', '2001:db8::/32'],
      resourceMonitor: { name: 'snowmelt_budget', creditQuota: 10 },
      stateTable: 'OPS.PUBLIC.SNOWMELT_STATE',
    });
    expect(sql).toContain('GRANT SELECT ON VIEW "SHOP"."PUBLIC"."my view"');
    expect(sql).toContain(`ALLOWED_IP_LIST = ('203.0.113.7', '2001:db8::/32')`);
    expect(sql).toContain('SET RESOURCE_MONITOR = "SNOWMELT_BUDGET"');
    expect(sql).toContain('GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE "OPS"."PUBLIC"."SNOWMELT_STATE"');
  });

  it('knows a view however its name is written', () => {
    const sql = setupSql({ publicKey, select: ['shop.public.buyers', 'A.B.C'], views: ['"SHOP".PUBLIC.Buyers'] });
    expect(sql.match(/GRANT SELECT .*/g)).toEqual([
      'GRANT SELECT ON VIEW "SHOP"."PUBLIC"."BUYERS" TO ROLE "SNOWMELT";',
      'GRANT SELECT ON TABLE "A"."B"."C" TO ROLE "SNOWMELT";',
    ]);
  });

  it.each([
    [{ publicKey, select: ['A.B.C'], views: ['A.B.D'] }, 'views'],
    [{ publicKey: 'garbage', select: ['A.B.C'] }, 'publicKey'],
    [
      { publicKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), select: ['A.B.C'] },
      'private key',
    ],
    [{ publicKey, select: ['PEOPLE'] }, 'select'],
    [{ publicKey, select: [] }, 'select'],
    [{ publicKey, select: ['A.B.C; DROP TABLE X'] }, 'select'],
    [{ publicKey, select: ['A.B.C'], allowedIps: ["1.2.3.4'); DROP USER X; --"] }, 'allowedIps'],
    [{ publicKey, select: ['A.B.C'], allowedIps: ['1.2.3.4/33'] }, 'allowedIps'],
    [{ publicKey, select: ['A.B.C'], stateTable: 'A.B.*' }, 'stateTable'],
    [{ publicKey, select: ['A.B.C'], ...{ usr: 'X' } }, 'usr'],
  ])('refuses wrong input and names it: %#', (options, name) => {
    const error = refusal(() => setupSql(options));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(name);
    expect(error.message).not.toContain('BEGIN PRIVATE KEY');
  });

  it('writes any name so that it stays one identifier', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), (name) => {
        const quoted = `"${name.replaceAll('"', '""')}"`;
        for (const role of [name, quoted]) {
          let sql: string;
          try {
            sql = setupSql({ publicKey, role, select: ['A.B.C'] });
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigError);
            continue;
          }
          const plain = /^[A-Za-z_][A-Za-z0-9_$]*$/.test(role);
          expect(sql).toContain(`CREATE ROLE IF NOT EXISTS ${plain ? `"${role.toUpperCase()}"` : quoted};`);
        }
      }),
    );
  });
});

describe('rotateKeySql and tearDownSql', () => {
  it('adds the new key beside the old one, then drops the old one', () => {
    const steps = rotateKeySql({ publicKey });
    expect(steps.addKey).toContain(`ALTER USER "SNOWMELT" SET RSA_PUBLIC_KEY_2 = '${bare}'`);
    expect(steps.dropOldKey).toContain('UNSET RSA_PUBLIC_KEY_2');
  });

  it('takes back what was made and leaves a warehouse that was there before', () => {
    expect(tearDownSql({ publicKey, select: ['A.B.C'] })).toContain('DROP WAREHOUSE IF EXISTS "SNOWMELT"');
    expect(tearDownSql({ publicKey, select: ['A.B.C'], createWarehouse: false })).not.toContain('WAREHOUSE');
  });
});
