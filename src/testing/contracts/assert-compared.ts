import assert from 'node:assert/strict';
import { currentForm } from '../../diff/canonical/canonical-form.js';
import { canonicalJson } from '../../diff/canonical/canonical-json.js';
import type { BoundMapper, RowInfo } from '../../mapping/row-mapper.js';

/** The name of one trait or property, to be ignored. */
function anyTrait(message: unknown): readonly string[] {
  const { traits, properties } = message as { readonly traits?: object; readonly properties?: object };
  return Object.keys(traits ?? properties ?? {}).slice(0, 1);
}

/**
 * Asserts that a run compares the same of a row whether its mapper made a text or an object, with all traits and without
 * one.
 *
 * @returns how many texts there were
 */
export function assertCompared(
  bound: BoundMapper<unknown>,
  rows: readonly (readonly unknown[])[],
  infoOf: (row: number) => RowInfo,
): number {
  let texts = 0;
  for (const [row, values] of rows.entries()) {
    const message = [bound(values, infoOf(row))].flat()[0];
    for (const ignore of [new Set<string>(), new Set(anyTrait(message))]) {
      const canonical = { ignore, stringify: (value: unknown) => canonicalJson(value) ?? 'null' };
      const write = bound.toJson?.({ sync: infoOf(row).sync ?? '', messageId: () => `id-${row}`, canonical });
      const text = write?.(values, row)?.canonical;
      if (text === undefined) continue;
      texts += 1;
      assert.equal(text, currentForm.ofMessage(message, ignore), `row ${row}: the text that is compared`);
    }
  }
  return texts;
}
