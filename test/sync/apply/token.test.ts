import { MemorySnapshotStore, snapshotDiff } from 'snowmelt/diff';
import { QueryTemplate, type Message, type PlanToken, type Sync } from 'snowmelt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApplyScene, tokenOf } from './apply-scene.js';

let scene: ApplyScene;
let sync: Sync;
let token: PlanToken;
beforeAll(async () => {
  scene = await ApplyScene.start();
  await scene.restart();
});
beforeEach(async () => {
  sync = scene.sync();
  token = tokenOf(await sync.plan());
});
afterAll(async () => {
  expect(scene.collector.messages).toEqual([]);
  expect(await scene.state.get('people')).toBeUndefined();
  await scene.close();
});

/** What `run` says of something that is no good as a plan. */
async function refusal(plan: unknown, by: Sync = sync): Promise<string> {
  const error: unknown = await by.run({ plan: plan as PlanToken }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'ConfigError', code: 'PLAN_INVALID' });
  const { message, hint } = error as { message: string; hint?: string };
  return `${message} ${hint ?? ''}`;
}

/** Another value of the same kind. */
function other(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'string') return `${value}x`;
  const [name, inner] = Object.entries(value as object)[0] as [string, unknown];
  return { ...(value as object), [name]: other(inner) };
}

describe('run({ plan }) refuses', () => {
  it('a token of which anything was changed, left out or added', async () => {
    for (const [name, value] of Object.entries(token)) {
      await refusal({ ...token, [name]: other(value) });
      if (typeof value === 'string') await refusal({ ...token, [name]: `${value.slice(0, -1)}é` });
      await refusal({ ...token, [name]: undefined });
    }
    await refusal({ ...token, more: 1 });
    await refusal({ ...token, ref: { ...token.ref, check: { row: 0, hash: 'h' } } });
    expect(await refusal({ ...token, startedAt: token.startedAt + 1 })).toContain('was changed after it was made');
  });

  it('what is no token, and says what is one', async () => {
    for (const plan of [null, '', 5, [], {}, 'plan.json', JSON.stringify(token)]) {
      expect(await refusal(plan)).toContain('is damaged, or is none. Plan again: snowmelt plan people --out plan.json');
    }
    expect(await refusal(undefined)).toContain('has no token');
    expect(await refusal(await sync.plan())).toContain('run({ plan: plan.token })');
  });

  it('a token of another version and of another sync', async () => {
    expect(await refusal({ ...token, version: 2 })).toContain('has version 2, and this release applies version 1');
    const others = scene.sync({ name: 'others' });
    expect(await refusal(token, others)).toContain('is of the sync "people"');
  });

  it('options that contradict it', async () => {
    const changes = snapshotDiff({
      key: ['userId'],
      mode: 'mirror',
      removed: (): Message | undefined => undefined,
      snapshots: new MemorySnapshotStore(),
    });
    const query = new QueryTemplate('SELECT ID AS "userId" FROM PEOPLE');
    const mirror = scene.sync({ changes, query });
    for (const option of [{ resend: true }, { removals: { upTo: 1 } }]) {
      await expect(mirror.run({ plan: token, ...option })).rejects.toMatchObject({ name: 'ConfigError' });
    }
    const plan = tokenOf(await mirror.plan());
    for (const [name, option] of [
      ['resend', { resend: true }],
      ['removals', { removals: { upTo: 1 } }],
    ] as const) {
      await expect(mirror.run({ plan, ...option })).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining(`either \`plan\` or \`${name}\``) as string,
      });
    }
    for (const call of [sync.seed({ plan } as never), sync.backfill({ from: 0, plan } as never)]) {
      await expect(call).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    }
  });
});

describe('with a secret', () => {
  const mirror = (secret: string | undefined): Sync =>
    scene.sync({ changes: snapshotDiff({ key: ['userId'], snapshots: new MemorySnapshotStore(), secret }) });

  it('only who knows it can make or change a token', async () => {
    const sealed = tokenOf(await mirror('one secret').plan());
    expect(sealed.seal).toMatch(/^hmac-sha256:/);
    expect(JSON.stringify(sealed)).not.toContain('one secret');
    const plain = tokenOf(await mirror(undefined).plan());
    expect(await refusal(sealed, mirror('another secret'))).toContain('another `secret`');
    expect(await refusal({ ...sealed, removals: 9 }, mirror('one secret'))).toContain('was changed');
    expect(await refusal(plain, mirror('one secret'))).toContain('was made without the `secret`');
    expect(await refusal(sealed, mirror(undefined))).toContain('was sealed with a `secret`');
  });

  it('the order of its fields means nothing', async () => {
    const made = mirror('one secret');
    const sealed = tokenOf(await made.plan());
    const turned = Object.fromEntries(Object.entries(sealed).reverse()) as unknown as PlanToken;
    const report = await made.run({ plan: turned, signal: AbortSignal.abort() });
    expect(report.status).toBe('aborted');
  });
});
