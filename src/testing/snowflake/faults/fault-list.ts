import { ConfigError } from '../../../errors/errors.js';
import { faultSchema, type SnowflakeEndpoint, type SnowflakeFault } from './snowflake-fault.js';

interface ArmedFault {
  readonly fault: SnowflakeFault;
  /** Matching requests still to pass. */
  pass: number;
  /** Requests still to hit. */
  left: number;
}

/** The faults in force, in the order in which they were injected. */
export class FaultList {
  readonly #armed: ArmedFault[] = [];
  /** How many requests were hit by a fault. */
  hits = 0;

  constructor(faults: readonly SnowflakeFault[]) {
    for (const fault of faults) this.inject(fault);
  }

  /** Puts a fault in force; the function returned takes it back. Throws `ConfigError` for a malformed one. */
  inject(fault: SnowflakeFault): () => void {
    const parsed = faultSchema.safeParse(fault);
    if (!parsed.success) {
      throw new ConfigError('CONFIG_INVALID', `faults.inject: ${parsed.error.issues[0]?.message ?? ''}`, {
        hint: "A fault looks like `{ on: 'chunk', kind: 'reset', afterBytes: 1000, times: 1 }`.",
      });
    }
    const armed: ArmedFault = { fault: parsed.data, pass: fault.after ?? 0, left: fault.times ?? Infinity };
    this.#armed.push(armed);
    return () => {
      this.#remove(armed);
    };
  }

  /** Takes all faults back. */
  clear(): void {
    this.#armed.length = 0;
  }

  /** The faults that hit a request; counts them down. */
  take(endpoint: SnowflakeEndpoint): readonly SnowflakeFault[] {
    const taken: SnowflakeFault[] = [];
    for (const armed of [...this.#armed]) {
      if (!hits(armed.fault, endpoint)) continue;
      if (armed.pass > 0) {
        armed.pass -= 1;
        continue;
      }
      taken.push(armed.fault);
      armed.left -= 1;
      if (armed.left === 0) this.#remove(armed);
    }
    if (taken.length > 0) this.hits += 1;
    return taken;
  }

  #remove(armed: ArmedFault): void {
    const index = this.#armed.indexOf(armed);
    if (index >= 0) this.#armed.splice(index, 1);
  }
}

function hits({ on }: SnowflakeFault, endpoint: SnowflakeEndpoint): boolean {
  if (on === undefined) return true;
  return typeof on === 'string' ? on === endpoint : on.includes(endpoint);
}
