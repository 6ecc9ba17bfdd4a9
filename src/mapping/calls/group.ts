import { callMapper } from './call-mapper.js';
import { GROUP } from '../columns/call-spec.js';
import { checkOptions } from '../../options/check-options.js';
import { mappingOptionShape } from '../columns/option-shapes.js';
import type { MappingOptions } from '../columns/mapping-options.js';
import type { GroupMessage } from '../message.js';
import { hasField, requireField } from './require-field.js';
import type { CallMapper } from '../row-mapper.js';

/**
 * Maps rows to `group` calls. Reserved columns: `groupId` (needed), `objectTypeId`, `relationshipAttributes`, `userId`,
 * `anonymousId`, `timestamp`, `messageId`, `context`, `integrations`, `traits`; all others become traits of the group.
 *
 * @example
 * ```ts
 * import { group } from 'snowmelt';
 *
 * group().map({ groupId: 'acme', userId: '42', name: 'Acme' });
 * // { type: 'group', groupId: 'acme', userId: '42', traits: { name: 'Acme' } }
 * ```
 *
 * @throws ConfigError `CONFIG_INVALID` for options that are wrong or unknown
 */
export function group(options: MappingOptions = {}): CallMapper<GroupMessage> {
  checkOptions('group()', mappingOptionShape, options);
  return callMapper<GroupMessage>(GROUP, options, {
    finish: (draft, info) => requireField(draft, 'groupId', info),
    finishOrdinary: (draft) => hasField(draft, 'groupId'),
  });
}
