import { callMapper } from './call-mapper.js';
import { SCREEN } from '../columns/call-spec.js';
import { checkOptions } from '../../options/check-options.js';
import { mappingOptionShape } from '../columns/option-shapes.js';
import type { MappingOptions } from '../columns/mapping-options.js';
import type { ScreenMessage } from '../message.js';
import { hasPerson, requirePerson } from './require-field.js';
import type { CallMapper } from '../row-mapper.js';

/**
 * Maps rows to `screen` calls. Reserved columns: `userId`, `anonymousId` (one of them is needed), `name`, `category`,
 * `timestamp`, `messageId`, `context`, `integrations`, `properties`; all others become properties.
 *
 * @example
 * ```ts
 * import { screen } from 'snowmelt';
 *
 * screen().map({ userId: '42', name: 'Settings', tab: 'Privacy' });
 * // { type: 'screen', userId: '42', name: 'Settings', properties: { tab: 'Privacy' } }
 * ```
 *
 * @throws ConfigError `CONFIG_INVALID` for options that are wrong or unknown
 */
export function screen(options: MappingOptions = {}): CallMapper<ScreenMessage> {
  checkOptions('screen()', mappingOptionShape, options);
  return callMapper<ScreenMessage>(SCREEN, options, {
    finish: requirePerson,
    finishOrdinary: hasPerson,
  });
}
