import { callMapper } from './call-mapper.js';
import { type Draft } from '../columns/call-spec.js';
import { PAGE } from '../columns/call-spec.js';
import { checkOptions } from '../../options/check-options.js';
import { mappingOptionShape } from '../columns/option-shapes.js';
import type { MappingOptions } from '../columns/mapping-options.js';
import type { JsonObject, PageMessage } from '../message.js';
import { hasPerson, requirePerson } from './require-field.js';
import type { CallMapper } from '../row-mapper.js';

/** Customer.io's own SDK copies a page's category to both places (customerio/cdp-analytics-js, `page`). */
function copyCategory(draft: Draft): void {
  const category = draft['category'];
  if (category === undefined) return;
  draft['properties'] = { ...(draft['properties'] as JsonObject | undefined), category };
}

/**
 * Maps rows to `page` calls. Reserved columns: `userId`, `anonymousId` (one of them is needed), `name`, `category` (also
 * copied to `properties.category`), `timestamp`, `messageId`, `context`, `integrations`, `properties`; all others
 * become properties.
 *
 * @example
 * ```ts
 * import { page } from 'snowmelt';
 *
 * page().map({ userId: '42', name: 'Prices', url: 'https://example.com/prices' });
 * // { type: 'page', userId: '42', name: 'Prices', properties: { url: 'https://example.com/prices' } }
 * ```
 *
 * @throws ConfigError `CONFIG_INVALID` for options that are wrong or unknown
 */
export function page(options: MappingOptions = {}): CallMapper<PageMessage> {
  checkOptions('page()', mappingOptionShape, options);
  return callMapper<PageMessage>(PAGE, options, {
    finish: (draft, info) => {
      requirePerson(draft, info);
      copyCategory(draft);
      return draft;
    },
    finishOrdinary: hasPerson,
  });
}
