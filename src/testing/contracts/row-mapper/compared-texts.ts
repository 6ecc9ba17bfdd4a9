import { currentForm } from '../../../diff/canonical/canonical-form.js';
import { canonicalJson } from '../../../diff/canonical/canonical-json.js';
import { same } from '../rule.js';
import { info, type BoundRows } from './bound-rows.js';

/** The name of one trait or property, to be ignored. */
function anyTrait(message: unknown): readonly string[] {
  const { traits, properties } = message as { readonly traits?: object; readonly properties?: object };
  return Object.keys(traits ?? properties ?? {}).slice(0, 1);
}

/** The text that a run compares of a row, where the mapper makes one. */
function comparedText<M>(
  { bound, values }: BoundRows<M>,
  row: number,
  ignore: ReadonlySet<string>,
): string | undefined {
  const canonical = { ignore, stringify: (value: unknown) => canonicalJson(value) ?? 'null' };
  const write = bound.toJson?.({ sync: info(row).sync ?? '', messageId: () => `id-${row}`, canonical });
  return write?.(values[row] ?? [], row)?.canonical;
}

/** Whether the mapper makes the text that is compared of any row. */
export function makesComparedTexts<M>(form: BoundRows<M>): boolean {
  return form.values.some((_, row) => comparedText(form, row, new Set()) !== undefined);
}

/**
 * Holds a mapper to this: a run compares the same of a row whether its mapper made a text or an object, with all traits and
 * without one.
 */
export function assertCompared<M>(form: BoundRows<M>): void {
  for (const [row, values] of form.values.entries()) {
    const message = [form.bound(values, info(row))].flat()[0];
    for (const ignore of [new Set<string>(), new Set(anyTrait(message))]) {
      const text = comparedText(form, row, ignore);
      if (text === undefined) continue;
      const but = [...ignore].map((name) => ` without ${name}`).join('');
      same(text, currentForm.ofMessage(message, ignore), `the text that is compared of row ${row}${but} is`);
    }
  }
}
