import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { sinkMessage, testSink } from 'snowmelt/testing';
import { collectContract } from './collect-contract.js';
import { secret, SinkFrame, underTest } from './mutants/sinks/sink-frame.js';

/** Tells its key in every way that a failure of a line could repeat. */
class TellsItsKey extends SinkFrame {
  override before(signal: AbortSignal): void {
    if (signal.aborted) throw Object.assign(new Error(`no more requests with ${secret}`), { key: secret });
  }
  override outage = (): Error => new Error(`down: ${Buffer.from(`${secret}:`).toString('base64')}`);
  override empty = (): never => {
    throw new TypeError(`empty batch for ${secret}`);
  };
  override deliver = (text: string): void => super.deliver(JSON.stringify({ ...JSON.parse(text), secret }));
}

it('no failure of a line shows the secret of the plug-in, whatever its errors and messages say', async () => {
  const create = () => underTest(new TellsItsKey());
  const lines = collectContract((runner) => testSink({ ...runner, name: 'any', message: sinkMessage, create }));
  const failures: unknown[] = [];
  for (const { body } of lines) await body().catch((error: unknown) => failures.push(error));
  expect(failures.length).toBeGreaterThan(5);
  const told = inspect(failures, { depth: 10, showHidden: true, maxStringLength: null, maxArrayLength: null });
  expect(told).toContain('***');
  for (const form of [secret, Buffer.from(secret).toString('base64').slice(0, 16)]) expect(told).not.toContain(form);
});
