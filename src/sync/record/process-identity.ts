import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { codeOf } from '../../errors/code-of.js';
import type { Lease } from '../../state/sync-state.js';

/** Who takes leases. */
export interface ProcessIdentity {
  /** Machine, boot and process namespace. */
  readonly host: string;
  readonly pid: number;
  /** Empty where it can't be known. */
  readonly processStart: string;
  /** A name for one holding of a lease, kept as alive until {@link ended}. */
  readonly holder: () => string;
  /** The holding has ended, also when its lease could not be given back. */
  readonly ended: (holder: string) => void;
  /** Whether the holder of a lease certainly does not live any more. */
  readonly isDead: (lease: Lease) => boolean;
}

function read(action: () => string): string {
  try {
    return action().trim();
  } catch {
    return '';
  }
}

/**
 * Containers may share a host name but not their pids, so a pid counts only within its namespace and its boot. Where
 * these cannot be known (no /proc) no other process of the host is ever called dead: its lease has to expire.
 */
function hostIdentity(): { readonly host: string; readonly isExact: boolean } {
  const boot = read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
  const namespace = read(() => readlinkSync('/proc/self/ns/pid'));
  const place = createHash('sha256').update(`${boot} ${namespace}`).digest('hex').slice(0, 12);
  return { host: `${hostname()}/${place}`, isExact: boot !== '' && namespace !== '' };
}

/**
 * Start time (field 22) and state (field 3) of a process; field 2 may hold spaces and brackets, so fields are counted
 * from the last bracket (proc_pid_stat(5)). Undefined where there is no /proc.
 */
function processStat(pid: number): { readonly start: string; readonly state: string } | undefined {
  const stat = read(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields[0], fields[19]];
  return state === undefined || start === undefined ? undefined : { state, start };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

/** What this process is to others. */
interface Own {
  readonly instance: string;
  readonly host: string;
  readonly isExact: boolean;
  readonly processStart: string;
}

const living = new Set<string>();
let count = 0;
let known: Own | undefined;

/** Asked for by the first run: some runtimes give no random values while a module is loaded (Cloudflare's workerd). */
function own(): Own {
  // Two copies of this module in one process (ESM and CommonJS, worker threads) can't see each other's holdings, so a
  // copy judges only its own.
  known ??= {
    instance: randomUUID(),
    ...hostIdentity(),
    processStart: processStat(process.pid)?.start ?? '',
  };
  return known;
}

/** This process. */
export const processIdentity: ProcessIdentity = {
  get host() {
    return own().host;
  },
  pid: process.pid,
  get processStart() {
    return own().processStart;
  },
  holder: () => {
    count += 1;
    const holder = `${own().instance}.${count}`;
    living.add(holder);
    return holder;
  },
  ended: (holder) => void living.delete(holder),
  isDead: (lease) => {
    const { instance, host, isExact, processStart } = own();
    if (lease.shared === true || lease.host !== host) return false;
    if (lease.pid === process.pid && lease.processStart === processStart) {
      return lease.holder.startsWith(`${instance}.`) && !living.has(lease.holder);
    }
    if (!isExact) return false;
    if (!exists(lease.pid)) return true;
    const stat = processStat(lease.pid);
    if (stat === undefined || lease.processStart === '') return false;
    // A killed process stays as a zombie until its parent has asked for its end.
    return stat.start !== lease.processStart || stat.state === 'Z' || stat.state === 'X';
  },
};
