import type { SinkFrame } from './sink-frame.js';

/** A deliberately broken sink, and the line of the contract that catches it. */
export interface SinkMutant {
  readonly fault: string;
  readonly caughtBy: RegExp;
  readonly make: () => SinkFrame;
}
