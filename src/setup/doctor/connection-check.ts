import type { Source, SourceDescription } from '../../source/source.js';
import type { Checklist } from './checklist.js';

/** What the steps of a connection work with. */
export interface ConnectionCheck {
  readonly list: Checklist;
  readonly source: Source;
  readonly about: SourceDescription;
  readonly signal: AbortSignal;
}
