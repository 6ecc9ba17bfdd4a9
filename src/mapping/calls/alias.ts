import { callMapper } from './call-mapper.js';
import { ALIAS } from '../columns/call-spec.js';
import { checkOptions } from '../../options/check-options.js';
import { mappingOptionShape } from '../columns/option-shapes.js';
import type { MappingOptions } from '../columns/mapping-options.js';
import type { AliasMessage } from '../message.js';
import { hasField, requireField } from './require-field.js';
import type { CallMapper } from '../row-mapper.js';

/**
 * Maps rows to `alias` calls, which merge `previousId` into `userId` for good. Both columns are needed; `timestamp`,
 * `messageId`, `context` and `integrations` are sent as well. An alias has no traits: other columns are not sent.
 *
 * @example
 * ```ts
 * import { alias } from 'snowmelt';
 *
 * alias().map({ userId: '42', previousId: 'ada@example.com' });
 * // { type: 'alias', userId: '42', previousId: 'ada@example.com' }
 * ```
 *
 * @throws ConfigError `CONFIG_INVALID` for options that are wrong or unknown
 */
export function alias(options: MappingOptions = {}): CallMapper<AliasMessage> {
  checkOptions('alias()', mappingOptionShape, options);
  return callMapper<AliasMessage>(ALIAS, options, {
    finish: (draft, info) => {
      requireField(draft, 'userId', info);
      return requireField(draft, 'previousId', info);
    },
    finishOrdinary: (draft) => hasField(draft, 'userId') && hasField(draft, 'previousId'),
  });
}
