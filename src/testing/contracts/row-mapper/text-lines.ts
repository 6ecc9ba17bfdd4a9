import type { BoundMapper, RowMapper } from '../../../mapping/row-mapper.js';
import { held, same } from '../rule.js';
import { boundForms, info, list, toJson } from './bound-rows.js';
import { assertCompared } from './compared-texts.js';
import type { RowMapperLines } from './row-mapper-lines.js';

/** Texts that a mapper makes in place of objects. */
export function textLines<M>({ checkIf }: RowMapperLines<M>): void {
  checkIf('toJson', 'gives a text that says what the object says', (test) => {
    for (const { bound, values } of boundForms(test)) assertTexts(test.mapper, bound, values);
  });

  checkIf('canonical', 'gives a text to compare that is that of the object', (test) => {
    for (const form of boundForms(test)) assertCompared(form);
  });
}

function assertTexts<M>(mapper: RowMapper<M>, bound: BoundMapper<M>, rows: readonly (readonly unknown[])[]): void {
  const write = toJson(bound);
  for (const [index, values] of rows.entries()) {
    const json = write?.(values, index);
    if (json === undefined) continue;
    const [message, ...others] = list(bound(values, info(index)));
    const count = message === undefined ? 0 : others.length + 1;
    held(message !== undefined && count === 1, `row ${index} is one text and ${count} objects`);
    same(JSON.parse(json.text), { messageId: `id-${index}`, ...message }, `the text of row ${index} says`);
    same(json.keys, mapper.key?.(message), `the lane key beside the text of row ${index} is`);
  }
}
