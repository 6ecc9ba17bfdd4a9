import * as z from 'zod/mini';
import { callMapper } from './call-mapper.js';
import { type Draft } from '../columns/call-spec.js';
import { IDENTIFY } from '../columns/call-spec.js';
import { checkOptions } from '../../options/check-options.js';
import { mappingOptionShape } from '../columns/option-shapes.js';
import type { IdentifyOptions } from '../columns/mapping-options.js';
import type { IdentifyMessage } from '../message.js';
import { hasPerson, requirePerson } from './require-field.js';
import type { CallMapper } from '../row-mapper.js';

function takeEmail(draft: Draft): void {
  if (draft['userId'] !== undefined || draft['anonymousId'] !== undefined) return;
  const traits = draft['traits'];
  if (typeof traits !== 'object' || traits === null || Array.isArray(traits)) return;
  let found: string | undefined;
  for (const [name, value] of Object.entries(traits)) {
    if (name.toLowerCase() !== 'email' || typeof value !== 'string' || value === '') continue;
    // As with reserved columns, the exact name wins.
    if (found === undefined || name === 'email') found = value;
  }
  if (found !== undefined) draft['userId'] = found;
}

/**
 * Maps rows to `identify` calls. Reserved columns: `userId`, `anonymousId` (one of them is needed), `timestamp`,
 * `messageId`, `context`, `integrations`, `traits`; all others become traits.
 *
 * @example
 * ```ts
 * import { identify } from 'snowmelt';
 *
 * identify({ columnCase: 'snake' }).map({ USERID: 42, FIRST_NAME: 'Ada' });
 * // { type: 'identify', userId: '42', traits: { first_name: 'Ada' } }
 * ```
 *
 * @throws ConfigError `CONFIG_INVALID` for options that are wrong or unknown
 */
export function identify(options: IdentifyOptions = {}): CallMapper<IdentifyMessage> {
  checkOptions('identify()', { ...mappingOptionShape, emailFallback: z.optional(z.boolean()) }, options);
  const fallback = options.emailFallback === true;
  return callMapper<IdentifyMessage>(
    fallback ? { ...IDENTIFY, required: [['userId', 'anonymousId', 'traits', 'email']] } : IDENTIFY,
    options,
    {
      finish: (draft, info) => {
        if (fallback) takeEmail(draft);
        return requirePerson(draft, info);
      },
      finishOrdinary: hasPerson,
    },
  );
}
