// A destination that equals a table, removals included: the first run is killed in the middle, the next one goes on,
// and the one after it sends only what was added, changed and removed.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startCollector, startSnowflake } from 'snowmelt/testing';
import { openPeople } from './people.js';

const snowflake = await startSnowflake({
  seedSql: `CREATE TABLE PEOPLE AS SELECT SEQ4() + 1 AS ID, 'person-' || ID || '@shop.example' AS EMAIL, 'free' AS PLAN
    FROM TABLE(GENERATOR(ROWCOUNT => 2000))`,
});
const collector = await startCollector();
const connection = snowflake.connection();
const destination = { endpoint: collector.endpoint, writeKey: collector.writeKey };

/** Who is at the destination after all calls that it got, in their order. */
function peopleThere(): ReadonlySet<unknown> {
  const there = new Set<unknown>();
  for (const { type, event, userId } of collector.messages) {
    if (type === 'identify') there.add(userId);
    else if (event === 'User Deleted') there.delete(userId);
  }
  return there;
}

const { sync, source } = openPeople(connection, destination);
try {
  const child = fork(fileURLToPath(new URL('./run-people.js', import.meta.url)), {
    env: { ...process.env, CONNECTION: JSON.stringify(connection), DESTINATION: JSON.stringify(destination) },
  });
  child.on('message', (row) => {
    if (Number(row) >= 100) child.kill('SIGKILL');
  });
  await once(child, 'exit');
  console.log(`killed: ${child.signalCode ?? 'no'}, ${peopleThere().size} people are there`);

  const resumed = await sync.run();
  resumed.throwIfFailed();
  console.log(`resumed at row ${resumed.resumedFromRow ?? 'none'}, ${peopleThere().size} people are there`);

  await snowflake.query(`INSERT INTO PEOPLE VALUES (9999, 'new@shop.example', 'free');
    UPDATE PEOPLE SET PLAN = 'pro' WHERE MOD(ID, 200) = 0;
    DELETE FROM PEOPLE WHERE MOD(ID, 400) = 1`);
  const next = await sync.run();
  next.throwIfFailed();
  const { added, changed, removed, unchanged } = next.changes ?? {};
  console.log(`${added} added, ${changed} changed, ${removed} removed, ${unchanged} unchanged`);
  console.log(`${peopleThere().size} people are there`);
} finally {
  await source.close();
  await Promise.all([snowflake.close(), collector.close()]);
}
