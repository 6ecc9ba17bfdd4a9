import { afterEach, describe, expect, it, vi } from 'vitest';
import { recordingSink, testSink, type TestSinkOptions } from 'snowmelt/testing';

type Options = Partial<TestSinkOptions<{ readonly id: number }>>;
type Body = (this: unknown, ...given: readonly unknown[]) => Promise<void>;

const LINE = 'never sends a message over its limit';
const SKIPPED = `${LINE} (skipped: no capability \`oversize\`)`;
const ALL = 'is tested for all that it can do';

/** The lines of a sink that can do little, as one runner declares them. */
function declared(options: Options = {}, canSkip = true): { lines: Map<string, Body>; skipped: string[] } {
  const lines = new Map<string, Body>();
  const skipped: string[] = [];
  const declare = (name: string, body: () => Promise<void>): void => void lines.set(name, body);
  testSink({
    describe: (_name, body) => {
      body();
    },
    it: canSkip ? Object.assign(declare, { skip: (name: string) => skipped.push(name) }) : declare,
    name: 'recording',
    create: () => {
      const sink = recordingSink<{ readonly id: number }>();
      return { sink, received: () => sink.messages, capabilities: { invalid: () => ({ id: -1 }) } };
    },
    message: (id) => ({ id }),
    ...options,
  });
  return { lines, skipped };
}

const lineOf = (lines: Map<string, Body>, name: string): Body => lines.get(name) ?? expect.unreachable(name);

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a line that cannot be tested', () => {
  it('is skipped by the context of a runner, with the reason', async () => {
    const reasons: string[] = [];
    await lineOf(declared().lines, LINE)({ skip: (reason: string) => reasons.push(reason) });
    expect(reasons).toEqual(['no capability `oversize`']);
  });

  it('is skipped by what a runner binds to `this`, and its title tells the reason', async () => {
    const pending = new Error('pending');
    const context = {
      test: { title: LINE },
      skip: () => {
        throw pending;
      },
    };
    await expect(lineOf(declared().lines, LINE).call(context)).rejects.toBe(pending);
    expect(context.test.title).toBe(SKIPPED);
  });

  it('never passes where a runner cannot skip what runs: it fails, and says what to write', async () => {
    await expect(lineOf(declared().lines, LINE)()).rejects.toThrow(
      `Not tested: a sink ${LINE}: no capability \`oversize\`. The runner cannot skip a test that runs. Say beforehand what there is to test: testSink({ …, abilities: ['invalid'] }).`,
    );
  });

  it('is declared as skipped where `abilities` does not name what it needs', async () => {
    const { lines, skipped } = declared({ abilities: ['invalid'] });
    expect(lines.has(LINE)).toBe(false);
    expect(skipped).toContain(SKIPPED);
    expect(skipped).toContain(
      'gives one text per message from serialize, each time the same (skipped: no member `serialize`)',
    );
    expect(skipped.join('\n')).not.toContain('`invalid`');
    await lineOf(lines, ALL)();
  });

  it('says so in its name where the runner has no it.skip', async () => {
    const { lines } = declared({ abilities: ['invalid'] }, false);
    await lineOf(lines, SKIPPED)();
    expect(lines.has(LINE)).toBe(false);
  });
});

describe('under Jest', () => {
  it('lines that need something are declared as skipped', () => {
    vi.stubEnv('JEST_WORKER_ID', '1');
    const { lines, skipped } = declared();
    expect(lines.has(LINE)).toBe(false);
    expect(skipped).toContain(SKIPPED);
    expect(skipped).toContain('names a message that the destination refuses (skipped: no capability `invalid`)');
  });

  it('a plug-in that could be tested for more fails one line, which says what to write', async () => {
    vi.stubEnv('JEST_WORKER_ID', '1');
    await expect(lineOf(declared().lines, ALL)()).rejects.toThrow(
      /^The rule: a sink is tested for all that it can do\.\nThis one broke it: lines that need `invalid` were skipped\. Say beforehand what there is to test: testSink\(\{ …, abilities: \['invalid'\] \}\)\.$/,
    );
  });
});

describe('abilities', () => {
  it('that are not there fail their lines', async () => {
    const { lines } = declared({ abilities: ['invalid', 'oversize'] });
    await expect(lineOf(lines, LINE)()).rejects.toThrow('`abilities` names `oversize`, and there is no capability');
  });

  it('that no sink can have are refused', () => {
    const abilities = ['oversise'] as unknown as Options['abilities'];
    expect(() => declared({ abilities })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: 'testSink: abilities: there is no "oversise".',
        hint: expect.stringContaining('invalid, oversize, later,') as unknown,
      }),
    );
  });
});
