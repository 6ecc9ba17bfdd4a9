import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SegmentBuilder } from '../../src/diff/segment/segment-builder.js';
import { indexBehind, readSegment } from '../../src/diff/segment/segment.js';
import { sealObject } from '../../src/diff/segment/stored-object.js';
import { bytes16, hexOf, numberOf, type MadeEntry } from './model/made-levels.js';

const NAME = 'a1b2/7-0c';

function sealed(entries: readonly MadeEntry[], name = NAME): Uint8Array {
  const builder = new SegmentBuilder();
  for (const { key, hash = 1, flags = 1, text } of entries) {
    builder.add(
      bytes16(key),
      0,
      bytes16(hash),
      0,
      flags,
      text === undefined ? undefined : new TextEncoder().encode(text),
    );
  }
  return builder.build(name).sealed;
}

/** The fault that a reader finds. */
function faultOf(stored: Uint8Array | undefined, name = NAME): { message: string; hint: string } {
  try {
    readSegment(name, stored);
  } catch (error) {
    expect(error).toMatchObject({ code: 'SNAPSHOT_UNREADABLE', details: { name } });
    return error as { message: string; hint: string };
  }
  throw new Error('It was read.');
}

const three = [
  { key: 2, hash: 7, text: 'two' },
  { key: 5, flags: 3 },
  { key: 0xffffffff, hash: 0, flags: 16, text: 'größte' },
];

describe('a segment', () => {
  it('is what the comments on its form say, read by them alone', () => {
    const bytes = Buffer.from(sealed(three));
    expect(bytes.toString('latin1', 0, 8)).toBe('snowmelt');
    expect([...bytes.subarray(8, 10)]).toEqual([1, 1]);
    const nameLength = bytes.readUInt16LE(10);
    const bodyLength = bytes.readUInt32LE(12);
    expect(bytes.toString('utf8', 16, 16 + nameLength)).toBe(NAME);
    const end = 16 + nameLength + bodyLength;
    expect(bytes.length).toBe(end + 16);
    const sum = createHash('sha256').update(bytes.subarray(0, end)).digest('hex').slice(0, 32);
    expect(bytes.toString('hex', end)).toBe(sum);

    const body = bytes.subarray(16 + nameLength, end);
    const n = body.readUInt32LE(0);
    expect([n, ...body.subarray(4, 8)]).toEqual([3, 1, 0, 0, 0]);
    const textsAt = 8 + 33 * n;
    const bytesAt = textsAt + 4 * (n + 1);
    const entries = Array.from({ length: n }, (_, i) => ({
      key: body.toString('hex', 8 + 16 * i, 24 + 16 * i),
      hash: body.toString('hex', 8 + 16 * (n + i), 24 + 16 * (n + i)),
      flags: body[8 + 32 * n + i],
      text: body.toString(
        'utf8',
        bytesAt + body.readUInt32LE(textsAt + 4 * i),
        bytesAt + body.readUInt32LE(textsAt + 4 * i + 4),
      ),
    }));
    expect(entries).toEqual([
      { key: hexOf(2), hash: hexOf(7), flags: 1, text: 'two' },
      { key: hexOf(5), hash: hexOf(1), flags: 3, text: '' },
      { key: hexOf(0xffffffff), hash: hexOf(0), flags: 16, text: 'größte' },
    ]);
  });

  it('keeps its form: what stands in stores has to stay readable', () => {
    const written = [
      '736e6f776d656c740101090059000000613162322f372d30630200000001000000000000000000000200000000000000',
      '000000000000000005000000000000000000000000000000070000000000000000000000000000000100000000000000',
      '00010300000000030000000300000074776f725d3d76ab80d9de0018ec526a9f5c21',
    ].join('');
    expect(
      Buffer.from(
        sealed([
          { key: 2, hash: 7, text: 'two' },
          { key: 5, flags: 3 },
        ]),
      ).toString('hex'),
    ).toBe(written);
  });

  it('takes 33 bytes for a key without a text', () => {
    const size = (count: number): number => sealed(Array.from({ length: count }, (_, key) => ({ key }))).length;
    expect(size(1001) - size(1)).toBe(33_000);
  });

  it('is read back, and an entry is found by halving', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat({ max: 300 }), { maxLength: 200, minLength: 1 }),
        fc.nat({ max: 300 }),
        fc.array(fc.string({ maxLength: 40 }), { maxLength: 200 }),
        (keys, wanted, texts) => {
          keys.sort((one, other) => one - other);
          const entries = keys.map((key, index) => ({ key, hash: index, flags: index % 64, text: texts[index] }));
          const segment = readSegment(NAME, sealed(entries));
          const read = entries.map((_, index) => ({
            key: numberOf(segment.keys, 16 * index),
            hash: numberOf(segment.hashes, 16 * index),
            flags: segment.flags[index],
            text: new TextDecoder().decode(segment.textOf(index)),
          }));
          expect(read).toEqual(entries.map((entry) => ({ ...entry, text: entry.text ?? '' })));
          expect(indexBehind(segment, bytes16(wanted))).toBe(keys.filter((key) => key <= wanted).length);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('holds key texts of 16 kB', () => {
    const text = 'ß'.repeat(8192);
    const segment = readSegment(NAME, sealed([{ key: 1, text }, { key: 2 }, { key: 3, text }]));
    expect([0, 1, 2].map((index) => segment.textOf(index)?.length)).toEqual([16_384, undefined, 16_384]);
  });
});

describe('a segment that cannot be read', () => {
  it('is found whichever byte of it is damaged', () => {
    const good = sealed(three);
    for (let at = 0; at < good.length; at++) {
      const damaged = good.slice();
      damaged[at]! ^= 1 << (at % 8);
      const { message } = faultOf(damaged);
      expect(message).toMatch(/damaged|version|kind|not an object/);
    }
  });

  it('is found wherever it was cut short, and when it is too long', () => {
    const good = sealed(three);
    for (let length = 0; length < good.length; length++) faultOf(good.slice(0, length));
    expect(faultOf(good.slice(0, -1)).message).toContain('it was cut short or damaged');
    expect(faultOf(Buffer.concat([good, good])).message).toContain('cut short or damaged');
  });

  it('says what it is instead, and what to do', () => {
    expect(faultOf(undefined)).toMatchObject({
      message: '"a1b2/7-0c" of the snapshot cannot be read: it is missing.',
      hint: expect.stringMatching(/^Restore the snapshot store\. .*`reset\(\)`.*`seed\(\)`/),
    });
    expect(faultOf(new Uint8Array(0)).message).toContain('not an object of a snapshot');
    const later = sealed(three);
    later[9] = 2;
    expect(faultOf(later)).toMatchObject({
      message: expect.stringContaining('it has version 2, and this release of snowmelt knows version 1'),
      hint: expect.stringMatching(/^Run the release of snowmelt that wrote it, or a later one\./),
    });
    expect(faultOf(sealed(three, 'ffff/7-0c')).message).toContain(
      '"ffff/7-0c" in its place, which is of another snapshot',
    );
    expect(faultOf(sealed(three, 'a1b2/6-0c')).message).toMatch(/"a1b2\/6-0c" in its place\.$/);
    expect(faultOf(sealObject('manifest', NAME, [Buffer.from('{}')])).message).toContain('it is not a segment');
  });

  it('is found when its columns do not add up under a good checksum', () => {
    const head = Buffer.alloc(8);
    head.writeUInt32LE(2, 0);
    for (const parts of [[], [head], [head, Buffer.alloc(65)], [head, Buffer.alloc(67)]]) {
      expect(faultOf(sealObject('segment', NAME, parts)).message).toContain('its columns do not add up');
    }
    head.writeUInt8(1, 4);
    const offsets = Buffer.alloc(12);
    offsets.writeUInt32LE(9, 8);
    for (const parts of [
      [head, Buffer.alloc(66)],
      [head, Buffer.alloc(66), offsets, Buffer.alloc(8)],
    ]) {
      expect(faultOf(sealObject('segment', NAME, parts)).message).toContain('its columns do not add up');
    }
  });
});
