// The shop's Snowflake: an embedded one, in a process of its own.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSnowflake } from 'snowmelt/testing';
import { startControlServer } from './control-server.js';
import { announceServer } from './server-process.js';
import { shopSql } from './shop.js';

const folder = process.argv[2] ?? '.';
const server = await startSnowflake({
  account: 'DEMO-SHOP',
  databases: ['SHOP'],
  databaseFile: join(folder, 'shop.duckdb'),
  users: [{ name: 'SNOWMELT_READER', publicKey: readFileSync(join(folder, 'rsa_key.pub'), 'utf8'), roles: ['READER'] }],
  seedSql: [
    ...shopSql(),
    'GRANT USAGE ON WAREHOUSE COMPUTE_WH TO ROLE READER',
    'GRANT USAGE ON DATABASE SHOP TO ROLE READER',
    'GRANT USAGE ON SCHEMA SHOP.PUBLIC TO ROLE READER',
    'GRANT SELECT ON ALL TABLES IN SCHEMA SHOP.PUBLIC TO ROLE READER',
  ],
});
const control = await startControlServer({ query: async (sql) => server.query(sql) }, async () => server.close());
announceServer(folder, 'snowflake-server', { control, accessUrl: server.accessUrl, account: 'DEMO-SHOP' });
