// What the other examples stand on: a small shop in a Snowflake on this machine, and a server that takes the calls.
// With SNOWFLAKE_ACCOUNT set they use that account and Customer.io instead; `shopSql` makes the tables there.
import type { SnowflakeConnectionOptions } from 'snowmelt';
import type { CustomerIoSinkOptions } from 'snowmelt/customerio';

const env = process.env;

/** Where an example reads and where it delivers. */
export interface Shop {
  readonly connection: SnowflakeConnectionOptions;
  readonly destination: CustomerIoSinkOptions;
  /** Whether both are servers of this process. */
  readonly isLocal: boolean;
  readonly close: () => Promise<void>;
}

/** Makes the tables that the examples read. */
export const shopSql = `
  CREATE TABLE PEOPLE AS
    SELECT SEQ4() + 1 AS ID, 'person-' || ID || '@shop.example' AS EMAIL, IFF(MOD(ID, 3) = 0, 'pro', 'free') AS PLAN,
      SYSDATE() AS LAST_UPDATED FROM TABLE(GENERATOR(ROWCOUNT => 2000));
  CREATE TABLE EVENTS AS
    SELECT SEQ4() + 1 AS ID, MOD(ID, 2000) + 1 AS PERSON_ID, 'Order Completed' AS EVENT, ID / 100 AS TOTAL,
      SYSDATE() AS CREATED_AT FROM TABLE(GENERATOR(ROWCOUNT => 3000));
  CREATE TABLE DELETED_PEOPLE AS
    SELECT ID, SYSDATE() AS DELETED_AT FROM PEOPLE WHERE MOD(ID, 400) = 0;
  CREATE TABLE LEADS AS
    SELECT IFF(MOD(ID, 50) = 0, NULL, ID) AS CUSTOMER_ID, EMAIL, LAST_UPDATED FROM PEOPLE WHERE ID <= 500;
`;

/** Opens the shop: the account of the environment, or else servers of this process. */
export async function openShop(): Promise<Shop> {
  if (env['SNOWFLAKE_ACCOUNT'] !== undefined) {
    return {
      connection: {
        account: env['SNOWFLAKE_ACCOUNT'],
        accessUrl: env['SNOWFLAKE_URL'],
        username: env['SNOWFLAKE_USERNAME'] ?? 'SNOWMELT',
        privateKeyPath: env['SNOWFLAKE_PRIVATE_KEY_PATH'] ?? './rsa_key.p8',
        role: env['SNOWFLAKE_ROLE'],
        warehouse: env['SNOWFLAKE_WAREHOUSE'],
        database: env['SNOWFLAKE_DATABASE'] ?? 'SHOP',
        schema: env['SNOWFLAKE_SCHEMA'] ?? 'PUBLIC',
      },
      destination: {
        writeKey: env['CUSTOMERIO_WRITE_KEY'] ?? '',
        region: env['CUSTOMERIO_REGION'] === 'eu' ? 'eu' : 'us',
        endpoint: env['CUSTOMERIO_ENDPOINT'],
      },
      isLocal: false,
      close: async () => undefined,
    };
  }
  const { startCollector, startSnowflake } = await import('snowmelt/testing');
  const snowflake = await startSnowflake({ databases: ['SHOP'], seedSql: shopSql });
  const collector = await startCollector();
  return {
    connection: snowflake.connection({ database: 'SHOP' }),
    destination: { endpoint: collector.endpoint, writeKey: collector.writeKey },
    isLocal: true,
    close: async () => {
      await Promise.all([snowflake.close(), collector.close()]);
    },
  };
}
