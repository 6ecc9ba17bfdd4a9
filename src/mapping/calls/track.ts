import { EVENT_NAME_ALMOST_SEMANTIC } from '../values/value-warning.js';
import * as z from 'zod/mini';
import { callMapper } from './call-mapper.js';
import { type Draft } from '../columns/call-spec.js';
import { TRACK } from '../columns/call-spec.js';
import { checkOptions } from '../../options/check-options.js';
import { mappingOptionShape } from '../columns/option-shapes.js';
import type { TrackOptions } from '../columns/mapping-options.js';
import type { TrackMessage } from '../message.js';
import { hasField, hasPerson, requireField, requirePerson } from './require-field.js';
import { rowError } from '../row-error.js';
import type { CallMapper, RowInfo } from '../row-mapper.js';
import { semanticRejection } from '../semantic/semantic-event-check.js';
import { meaningOf } from '../semantic/semantic-event-names.js';
import { isAboutNobody, standIn, standInColumns } from '../semantic/stand-in.js';

function applyMeaning(draft: Draft, canonical: boolean, info: RowInfo): Draft {
  const { semantic, almost } = meaningOf(draft['event'] as string);
  if (almost !== undefined) info.warn?.(EVENT_NAME_ALMOST_SEMANTIC, 'event');
  if (semantic === undefined) return draft;
  if (canonical) draft['event'] = semantic;
  const problem = semanticRejection(draft, semantic);
  if (problem !== undefined) throw rowError(info.row, problem);
  standIn(draft, semantic);
  return draft;
}

/**
 * Maps rows to `track` calls. Reserved columns: `event` (needed, unless the option names one for all rows), `userId`,
 * `anonymousId` (one of them is needed), `timestamp`, `messageId`, `context`, `integrations`, `properties`; all others
 * become properties.
 *
 * @example
 * ```ts
 * import { track } from 'snowmelt';
 *
 * track({ event: 'Order Placed' }).map({ userId: '42', total: 9.5 });
 * // { type: 'track', event: 'Order Placed', userId: '42', properties: { total: 9.5 } }
 * ```
 *
 * @throws ConfigError `CONFIG_INVALID` for options that are wrong or unknown
 */
export function track(options: TrackOptions = {}): CallMapper<TrackMessage> {
  const shape = {
    ...mappingOptionShape,
    event: z.optional(z.string().check(z.minLength(1))),
    semanticEventNames: z.optional(z.enum(['canonical', 'keep'])),
  };
  checkOptions('track()', shape, options);
  const { event } = options;
  const canonical = options.semanticEventNames !== 'keep';
  const isNobody = event !== undefined && isAboutNobody(meaningOf(event).semantic);
  return callMapper<TrackMessage>(TRACK, options, {
    given: new Set([...(event === undefined ? [] : ['event']), ...(isNobody ? ['userId'] : [])]),
    standIns: event === undefined ? standInColumns : undefined,
    finish: (draft, info) => {
      if (event !== undefined) draft['event'] = event;
      requireField(draft, 'event', info);
      return requirePerson(applyMeaning(draft, canonical, info), info);
    },
    finishOrdinary: (draft) => {
      if (event !== undefined) draft['event'] = event;
      if (!hasField(draft, 'event') || !hasPerson(draft)) return false;
      const { semantic, almost } = meaningOf(draft['event'] as string);
      return semantic === undefined && almost === undefined;
    },
  });
}
