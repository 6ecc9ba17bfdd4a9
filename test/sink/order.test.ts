import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deliver, fanOut, fromAsyncIterable, identify, withFilter, withTransform } from 'snowmelt';
import type { Message, Sink } from 'snowmelt';
import { ActionDestinationSink } from 'snowmelt/action-destinations';
import { WebhookSink } from 'snowmelt/sinks';
import { installDestinations } from '../action-destinations/install-destinations.js';
import { crm } from './action-destinations/crm-destination.js';
import { RecordingServer } from './recording-server.js';

const load = await installDestinations();
const json = { 'content-type': 'application/json' };

interface Taken {
  readonly user: string;
  readonly step: number;
}

type Identify = Message & { readonly traits: Readonly<Record<string, unknown>> };

/** A destination that says of each row whether it takes it, and records what it took. */
class Orders {
  readonly server: RecordingServer;
  readonly taken: Taken[] = [];
  readonly #busy: Set<string>;

  /** @param busy rows, as `user/step`, that are to be sent again once */
  constructor(server: RecordingServer, busy: readonly string[]) {
    this.server = server;
    this.#busy = new Set(busy);
    server.answer = ({ body }) => {
      const again: number[] = [];
      for (const [index, { userId = '', traits }] of (JSON.parse(body) as Identify[]).entries()) {
        const step = Number(traits['step']);
        if (this.#busy.delete(`${userId}/${step}`)) again.push(index);
        else this.taken.push({ user: userId, step });
      }
      return { status: 200, headers: json, body: JSON.stringify(again) };
    };
  }

  sink(name: string, maxMessages?: number): Sink {
    return new WebhookSink({
      endpoint: this.server.origin,
      name,
      maxMessages,
      inspect: ({ text }) => ({
        retry: (JSON.parse(text) as number[]).map((index) => ({ index, reason: 'busy' })),
      }),
    });
  }

  steps(user: string): number[] {
    return this.taken.filter((each) => each.user === user).map(({ step }) => step);
  }
}

let servers: RecordingServer[];
beforeEach(async () => {
  servers = await Promise.all([RecordingServer.start(), RecordingServer.start()]);
});
afterEach(() => Promise.all(servers.map((server) => server.close())));

async function run(sink: Sink, rows: readonly object[]): Promise<void> {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const source = fromAsyncIterable(
    async function* () {
      for (const row of rows) yield row as Record<string, unknown>;
    },
    { columns },
  );
  const report = await deliver({
    rows: await source.execute({ sql: '', binds: [] }),
    mapper: identify(),
    sink,
    concurrency: 1,
    retry: { minDelayMs: 1 },
  });
  report.throwIfFailed();
}

const rows = ['a', 'b', 'a', 'b', 'a', 'b'].map((userId, index) => ({ userId, step: Math.floor(index / 2) + 1 }));

describe('the last message of a key arrives last', () => {
  it.each([
    ['one chunk', undefined],
    ['chunks of two', 2],
    ['chunks of three', 3],
  ])('when a child of a fanOut wants one of %s again, and the others get nothing twice', async (_, size) => {
    const [healthy, busy] = [new Orders(servers[0]!, []), new Orders(servers[1]!, ['a/1', 'b/2'])];
    await run(fanOut([healthy.sink('healthy'), busy.sink('busy', size)]), rows);
    for (const user of ['a', 'b']) {
      expect(healthy.steps(user)).toEqual([1, 2, 3]);
      expect(busy.steps(user).at(-1)).toBe(3);
    }
    expect(busy.steps('a').lastIndexOf(2)).toBeGreaterThan(busy.steps('a').indexOf(1));
    expect(busy.steps('b').lastIndexOf(3)).toBeGreaterThan(busy.steps('b').indexOf(2));
  });

  it('when the message behind is for the healthy child only', async () => {
    const [healthy, busy] = [new Orders(servers[0]!, []), new Orders(servers[1]!, ['a/1'])];
    const sink = fanOut([
      healthy.sink('healthy'),
      { sink: busy.sink('busy'), filter: (each) => (each as Identify).traits['step'] === 1 },
    ]);
    await run(sink, rows);
    expect(healthy.steps('a')).toEqual([1, 2, 3]);
    expect(busy.steps('a')).toEqual([1]);
  });

  it('behind a filter and a transform inside a fanOut', async () => {
    const [healthy, busy] = [new Orders(servers[0]!, []), new Orders(servers[1]!, ['a/2'])];
    const inner = withFilter(
      withTransform(fanOut([busy.sink('busy')]), (message: Message) => ({ ...message })),
      ({ userId }) => userId === 'a',
    );
    await run(fanOut([healthy.sink('healthy'), inner]), rows);
    expect(busy.steps('a').at(-1)).toBe(3);
    expect(busy.steps('a').indexOf(2)).toBeLessThan(busy.steps('a').lastIndexOf(3));
    expect(healthy.taken).toHaveLength(6);
  });

  it('when messages of one person go to different requests of an action destination', async () => {
    const server = servers[0]!;
    server.answer = () => ({ status: 200 });
    const sink = new ActionDestinationSink({
      destination: 'webhook',
      action: 'send',
      mapping: {
        url: { '@template': `${server.origin}/{{traits.tenant}}` },
        data: { user: { '@path': '$.userId' }, step: { '@path': '$.traits.step' } },
      },
      load,
    });
    const tenants = ['x', 'y', 'x', 'x', 'y', 'y'];
    await run(
      sink,
      rows.map((row, index) => ({ ...row, tenant: tenants[index] })),
    );
    const taken = server.requests.flatMap(({ body }) => JSON.parse(body) as Taken[]);
    for (const user of ['a', 'b']) {
      expect(taken.filter((each) => each.user === user).map(({ step }) => step)).toEqual([1, 2, 3]);
    }
    // Rows of one tenant still share requests where no person's order is at stake.
    expect(server.requests.length).toBeLessThan(6);
  });

  it('when an action destination wants one row of a request again', async () => {
    const server = servers[0]!;
    const busy = new Orders(server, ['a/1']);
    const sink = new ActionDestinationSink({ destination: 'crm', action: 'put', load: crm(load, server.origin) });
    await run(sink, rows);
    expect(busy.steps('a')).toEqual([2, 3, 1, 2, 3]);
    expect(busy.steps('b')).toEqual([1, 2, 3]);
  });

  it('in a fanOut over an action destination that wants one row of a request again', async () => {
    const [busy, healthy] = [new Orders(servers[0]!, ['a/1']), new Orders(servers[1]!, [])];
    const from = crm(load, servers[0]!.origin);
    const sink = new ActionDestinationSink({
      destination: 'crm',
      action: 'put',
      name: 'crm',
      maxMessages: 4,
      load: from,
    });
    await run(fanOut([sink, healthy.sink('healthy')]), rows);
    expect(busy.steps('a')).toEqual([2, 1, 2, 3]);
    expect(busy.steps('b').at(-1)).toBe(3);
    expect(healthy.taken).toHaveLength(6);
  });
});
