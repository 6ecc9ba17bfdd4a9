import type { BindValue } from '../source/source.js';
import { isTimeZone, localWallClock } from './local-wall-clock.js';

/** How a time placeholder is written into the statement. */
export interface TimeForm {
  /** SQL with exactly one `?`. */
  readonly sql: string;
  readonly bind: (unixSeconds: number, bound: 'lower' | 'upper') => BindValue;
}

/** The forms of `{{last_sync_time:…}}` as messages list them. */
export const timeFormNames =
  "epoch, epoch_ms, timestamp_ntz, timestamp_ntz('Area/City'), timestamp_ltz, timestamp_tz, iso";

const iso = (unixSeconds: number): string => new Date(unixSeconds * 1000).toISOString().replace('.000Z', 'Z');
const reading = (unixSeconds: number): string => iso(unixSeconds).slice(0, 19).replace('T', ' ');
const seconds = (unixSeconds: number): number => unixSeconds;

/*
 * Snowflake compiles no comparison of a TIMESTAMP with a NUMBER, but converts text on the other side, and reads a text
 * of digits as seconds by its magnitude ("TO_TIMESTAMP", docs.snowflake.com). So the bare form is bound as text.
 */
const forms: Readonly<Record<string, TimeForm>> = {
  '': { sql: '?', bind: (time) => String(time) },
  epoch: { sql: '?', bind: seconds },
  epoch_ms: { sql: '?', bind: (time) => time * 1000 },
  timestamp_ntz: { sql: 'TO_TIMESTAMP_NTZ(?)', bind: seconds },
  timestamp_ltz: { sql: 'TO_TIMESTAMP_LTZ(?)', bind: seconds },
  timestamp_tz: { sql: 'TO_TIMESTAMP_TZ(?)', bind: seconds },
  iso: { sql: '?', bind: iso },
};

/** Finds a form by what stands after the colon; `undefined` when there is none of that name. */
export function timeForm(text: string): TimeForm | undefined {
  if (Object.hasOwn(forms, text)) return forms[text];
  const zone = /^timestamp_ntz\s*\(\s*(['"])([^'"]+)\1\s*\)$/.exec(text)?.[2];
  if (zone === undefined || !isTimeZone(zone)) return undefined;
  return { sql: 'TO_TIMESTAMP_NTZ(?)', bind: (time, bound) => reading(localWallClock(time, zone, bound)) };
}

/** The text of a time inside a quoted string; made of digits and `-:TZ ` only. */
export function timeText(formText: string, unixSeconds: number, bound: 'lower' | 'upper'): string {
  if (formText === 'timestamp_ntz') return reading(unixSeconds);
  if (formText === 'timestamp_ltz' || formText === 'timestamp_tz') return iso(unixSeconds);
  return String(timeForm(formText)?.bind(unixSeconds, bound) ?? unixSeconds);
}
