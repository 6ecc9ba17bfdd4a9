import { parseArgs } from 'node:util';
import * as z from 'zod';
import { homePath } from '../disk/home-path.js';
import { ConfigError } from '../errors/errors.js';
import { looksSecret, shownPath } from '../options/shown-name.js';

const options = {
  config: { type: 'string' },
  env: { type: 'string', multiple: true, default: [] as string[] },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', default: false },
  out: { type: 'string' },
  check: { type: 'boolean', default: false },
  bits: { type: 'string' },
  algorithm: { type: 'string' },
  limit: { type: 'string', default: '10' },
  plan: { type: 'string' },
  resend: { type: 'boolean', default: false },
  'remove-up-to': { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  'last-sync-time': { type: 'string' },
  'public-key': { type: 'string' },
  select: { type: 'string', multiple: true, default: [] as string[] },
  view: { type: 'string', multiple: true, default: [] as string[] },
  'allow-ip': { type: 'string', multiple: true },
  user: { type: 'string' },
  role: { type: 'string' },
  warehouse: { type: 'string' },
  'existing-warehouse': { type: 'boolean', default: false },
  future: { type: 'boolean', default: false },
  'state-table': { type: 'string' },
  'auto-suspend': { type: 'string' },
  'statement-timeout': { type: 'string' },
  'resource-monitor': { type: 'string' },
  'credit-quota': { type: 'string' },
  authenticator: { type: 'string' },
  'key-pair': { type: 'string' },
  'token-name': { type: 'string' },
  'days-to-expiry': { type: 'string' },
  'login-name': { type: 'string' },
  'workload-identity': { type: 'string' },
  arn: { type: 'string' },
  issuer: { type: 'string' },
  subject: { type: 'string' },
  audience: { type: 'string', multiple: true },
  'policy-schema': { type: 'string' },
  rotate: { type: 'boolean', default: false },
  'tear-down': { type: 'boolean', default: false },
  port: { type: 'string', default: '8085' },
  file: { type: 'string' },
  seed: { type: 'string', multiple: true, default: [] as string[] },
  'private-key': { type: 'string' },
} as const;

/** Which options each command takes, besides those of all. */
export const commandOptions: Readonly<Record<string, readonly string[]>> = {
  keygen: ['out', 'bits', 'algorithm'],
  'setup-sql': [
    'public-key',
    'select',
    'view',
    'allow-ip',
    'user',
    'role',
    'warehouse',
    'existing-warehouse',
    'future',
    'state-table',
    'auto-suspend',
    'statement-timeout',
    'resource-monitor',
    'credit-quota',
    'authenticator',
    'key-pair',
    'token-name',
    'days-to-expiry',
    'login-name',
    'workload-identity',
    'arn',
    'issuer',
    'subject',
    'audience',
    'policy-schema',
    'rotate',
    'tear-down',
  ],
  snowflake: ['port', 'file', 'seed', 'user', 'private-key'],
  doctor: [],
  types: ['out', 'check'],
  preview: ['limit', 'last-sync-time'],
  plan: ['last-sync-time', 'out'],
  run: ['resend', 'remove-up-to', 'plan'],
  explain: [],
  seed: [],
  status: [],
  backfill: ['from', 'to'],
  reset: ['last-sync-time'],
};
const common = ['config', 'env', 'json', 'help', 'version'];

const HINT = 'Run snowmelt --help.';

/** Commands that take no names, and what whoever writes one may have meant. */
const STRAY: Readonly<Record<string, string>> = {
  keygen: HINT,
  'setup-sql': 'Write --select once for each: --select A.B.C --select A.B.D.',
  snowflake: 'Write --seed once for each file: --seed tables.sql --seed rows.sql.',
};

function read(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, tokens: true });
  } catch (cause) {
    // parseArgs names the argument in its message and says how to write it.
    const said = cause instanceof Error && !looksSecret(cause.message) ? cause.message : 'The arguments are not valid.';
    throw new ConfigError('CONFIG_INVALID', said, { hint: HINT });
  }
}

/** The values of all options. */
export type CliValues = ReturnType<typeof read>['values'];

/** What was asked for. */
export interface CliArguments {
  /** `help` and `version` too. */
  readonly command: string;
  readonly names: readonly string[];
  readonly values: CliValues;
}

/** @throws ConfigError `CONFIG_INVALID` for unknown commands and options, and for options of another command */
export function readArguments(args: readonly string[]): CliArguments {
  const { values, positionals, tokens } = read(args);
  const [command = 'help', ...names] = positionals;
  if (values.version) return { command: 'version', names, values };
  if (values.help || command === 'help') return { command: 'help', names, values };
  const known = Object.hasOwn(commandOptions, command) ? commandOptions[command] : undefined;
  if (known === undefined) {
    throw new ConfigError('CONFIG_INVALID', `There is no command "${shownPath(command)}".`, { hint: HINT });
  }
  const [stray] = names;
  const strayHint = stray === undefined || !Object.hasOwn(STRAY, command) ? undefined : STRAY[command];
  if (stray !== undefined && strayHint !== undefined) {
    throw new ConfigError('CONFIG_INVALID', `snowmelt ${command} does not know what "${shownPath(stray)}" is.`, {
      hint: strayHint,
    });
  }
  for (const token of tokens) {
    if (token.kind !== 'option' || known.includes(token.name) || common.includes(token.name)) continue;
    throw new ConfigError('CONFIG_INVALID', `snowmelt ${command} has no option --${shownPath(token.name)}.`, {
      hint: HINT,
    });
  }
  return { command, names, values: withHome(values) };
}

/** A shell leaves `~` alone behind `--out=`. */
function withHome(values: CliValues): CliValues {
  const { config, env, out, plan, file, seed, 'public-key': publicKey, 'private-key': privateKey } = values;
  return {
    ...values,
    ...(config === undefined ? {} : { config: homePath('--config', config) }),
    ...(publicKey === undefined ? {} : { 'public-key': homePath('--public-key', publicKey) }),
    ...(out === undefined ? {} : { out: homePath('--out', out) }),
    ...(plan === undefined ? {} : { plan: homePath('--plan', plan) }),
    ...(file === undefined ? {} : { file: homePath('--file', file) }),
    ...(privateKey === undefined ? {} : { 'private-key': homePath('--private-key', privateKey) }),
    seed: seed.map((path) => homePath('--seed', path)),
    env: env.map((path) => homePath('--env', path)),
  };
}

const TIME = z.union([z.iso.date(), z.iso.datetime({ offset: true })]).transform((text) => new Date(text));

/** @throws ConfigError `CONFIG_INVALID` when it is no time */
export function time(option: string, text: string): Date {
  const parsed = TIME.safeParse(/^(?:0|\d{9,10})$/.test(text) ? new Date(Number(text) * 1000).toISOString() : text);
  if (parsed.success) return parsed.data;
  throw new ConfigError('CONFIG_INVALID', `--${option} is not a time.`, {
    hint: `Write Unix seconds, --${option} 2026-01-31 or --${option} 2026-01-31T08:00:00Z.`,
  });
}

/** @throws ConfigError `CONFIG_INVALID` when it is not a whole number */
export function wholeNumber(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new ConfigError('CONFIG_INVALID', `--${option} is not a whole number.`, { hint: HINT });
}
