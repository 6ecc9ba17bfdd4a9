// A Snowflake that keeps the state, for the contest of the state stores: its statements have to be run.
import { generateKeyPair, setupSql } from '../../dist/index.js';
import { startSnowflake } from '../../dist/testing.js';

const stateTable = 'OPS.PUBLIC.SNOWMELT_STATE';
const { publicKey, privateKey } = await generateKeyPair();
const { accessUrl, account } = await startSnowflake({
  databases: ['SHOP', 'OPS'],
  seedSql: [
    'CREATE TABLE SHOP.PUBLIC.PEOPLE (ID NUMBER)',
    setupSql({ publicKey, select: ['SHOP.PUBLIC.PEOPLE'], stateTable }),
  ],
});
process.send({ stateTable, connection: { accessUrl, account, username: 'SNOWMELT', privateKey } });
process.on('disconnect', () => process.exit(0));
