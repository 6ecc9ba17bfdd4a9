import { expect, it, vi } from 'vitest';
import { recordingSink, testSink } from 'snowmelt/testing';

/** A runner that gives its tests no context, as Jest does. */
function linesOf(): Map<string, () => Promise<void>> {
  const lines = new Map<string, () => Promise<void>>();
  testSink({
    describe: (_name, body) => {
      body();
    },
    it: (name, body) => {
      lines.set(name, body);
    },
    name: 'recording',
    create: () => {
      const sink = recordingSink<{ readonly id: number }>();
      return { sink, received: () => Promise.resolve([...sink.messages]) };
    },
    message: (id) => ({ id }),
  });
  return lines;
}

it('a skipped line is told where the runner counts it as passed', async () => {
  const told: string[] = [];
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told.push(String(text));
    return true;
  });
  const lines = linesOf();
  for (const name of ['never sends a message over its limit', 'accepts an empty batch and delivers nothing']) {
    const line = [...lines].find(([title]) => title.includes(name))?.[1];
    expect(line, name).toBeDefined();
    await line?.();
  }
  write.mockRestore();
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/^Skipped, and counted as passed by this runner: .*no capability `oversize`\n$/);
});
