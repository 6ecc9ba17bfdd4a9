import type { ErrorCode } from '../../src/errors/errors.js';
import type { SyncState } from '../../src/state/sync-state.js';
import type * as transitions from '../../src/state/transitions.js';
import type { Facts } from './facts.js';
import type { Shape } from './shapes.js';

/** The functions that move records. */
export type Transitions = typeof transitions;

/** Every export but the one that moves nothing: it makes the first record. */
export type NameOf<Functions> = Exclude<keyof Functions, 'emptyState'>;

/** What a transition needs to know beside the record. */
type ArgumentsOf<Move> = Move extends (state: SyncState, ...rest: infer Rest) => SyncState ? Rest : never;

/** What comes out: its shape and every fact that has changed; or the code of the error. */
export type Cell =
  | 'unchanged'
  | { readonly error: ErrorCode }
  | (Pick<Facts, 'is'> & { readonly [Fact in Exclude<keyof Facts, 'is'>]?: Facts[Fact] | undefined });

/** A transition with one kind of arguments, on every shape. */
export interface Case<Arguments> {
  readonly when: string;
  readonly given: (state: SyncState) => Arguments;
  readonly cells: Readonly<Record<Shape, Cell>>;
}

/** A row for every transition. One that is exported and has none, and a shape without its cell, do not compile. */
export type TruthTable<Functions = Transitions> = {
  readonly [Name in NameOf<Functions>]: readonly [
    Case<ArgumentsOf<Functions[Name]>>,
    ...Case<ArgumentsOf<Functions[Name]>>[],
  ];
};
