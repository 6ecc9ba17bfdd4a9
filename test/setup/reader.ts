import { generateKeyPairSync } from 'node:crypto';
import { setupSql, type SetupOptions } from 'snowmelt';
import { startSnowflake, type EmbeddedSnowflake } from 'snowmelt/testing';

/** Made once: a key takes longer than most tests. */
export const keyPair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** What the set-up script is written from. */
export const setup = {
  publicKey: keyPair.publicKey,
  select: ['SHOP.PUBLIC.PEOPLE', 'SHOP.PUBLIC.ORDERS'],
  stateTable: 'SHOP.PUBLIC.SNOWMELT_STATE',
};

/** A Snowflake with a shop in which the set-up script has been run. */
export async function startShop(options: SetupOptions = setup): Promise<EmbeddedSnowflake> {
  const snowflake = await startSnowflake({
    databases: ['SHOP'],
    users: [{ name: 'ADMIN', roles: ['ACCOUNTADMIN'] }],
    seedSql: `
CREATE TABLE PEOPLE (ID NUMBER, EMAIL VARCHAR, LAST_UPDATED TIMESTAMP_NTZ, UPDATED_TEXT VARCHAR);
INSERT INTO PEOPLE SELECT 1, 'ada@example.com', SYSDATE(), '2026-01-01';
CREATE TABLE ORDERS (ID NUMBER);
CREATE TABLE SECRETS (ID NUMBER);`,
  });
  await snowflake.query(setupSql(options));
  return snowflake;
}

/** Connection options of the user that the script made. */
export function connection({ account, accessUrl }: EmbeddedSnowflake) {
  return {
    account,
    accessUrl,
    username: 'snowmelt',
    privateKey: keyPair.privateKey,
    database: 'SHOP',
    schema: 'PUBLIC',
  };
}
