import { checkOptions } from '../../options/check-options.js';
import { ConfigError } from '../../errors/errors.js';
import type { Message } from '../../mapping/message.js';
import type { LaneKey } from '../../mapping/row-mapper.js';
import { withFollowers } from '../followers.js';
import { sinkOption } from '../option-shapes.js';
import {
  defaultConcurrency,
  type Rejection,
  type RetryLater,
  type Sink,
  type SinkLimits,
  type WriteResult,
} from '../sink.js';
import { watchedFence } from '../watched-fence.js';
import { ChildWriter } from './child-writer.js';
import { leftOutBy, type FanOutChild } from './fan-out-child.js';

/** Options of {@link fanOut}. */
export interface FanOutOptions {
  /** Shown in events and errors. @default "fan-out" */
  readonly name?: string | undefined;
}

type Outcomes = Awaited<ReturnType<ChildWriter<object>['write']>>;

/**
 * A sink that delivers every message to several sinks. Retries and splits happen per child, and what a child has settled
 * is remembered within the process, so that the others get nothing twice. A message is settled when every child settled
 * it: an unavailable child holds the checkpoint and in the end fails the run; after a crash the rows above the
 * checkpoint go to all children again. A message is rejected when any child rejected it; the rejection names the
 * child. A message's `integrations` are respected. For destinations that should progress independently make one
 * `Sync` per destination.
 *
 * @throws ConfigError `CONFIG_INVALID` for no children, or two of the same name
 * @example
 * ```ts
 * import { fanOut } from 'snowmelt';
 * import { CustomerIoSink } from 'snowmelt/customerio';
 * import { WebhookSink } from 'snowmelt/sinks';
 *
 * const customerIo = new CustomerIoSink({ writeKey: process.env['CUSTOMERIO_WRITE_KEY'] ?? '', region: 'us' });
 * const webhook = new WebhookSink({ endpoint: 'https://example.com/hook' });
 * fanOut([customerIo, { sink: webhook, filter: (message) => message.type === 'track' }]);
 * ```
 */
export function fanOut<M extends object = Message>(
  children: readonly (Sink<M> | FanOutChild<M>)[],
  options: FanOutOptions = {},
): Sink<M> {
  const { name } = checkOptions('fanOut', { name: sinkOption.name.default('fan-out') }, options);
  const writers = children.map((child) => new ChildWriter<M>('sink' in child ? child : { sink: child }));
  checkNames(writers.map(({ child }) => child.sink.name));
  return {
    name,
    limits: commonLimits(writers.map(({ child }) => child.sink.limits)),
    open: async (opening) => {
      const opened = await Promise.allSettled(writers.map(async ({ child }) => child.sink.open?.(opening)));
      const failed = opened.find((entry) => entry.status === 'rejected');
      if (failed === undefined) return;
      // All or none, so that the next try opens each child once; why it is tried again says more than how closing went.
      await closeAll(writers.filter((_writer, place) => opened[place]?.status === 'fulfilled')).catch(() => undefined);
      throw failed.reason;
    },
    leftOut: (message) =>
      leftOutBy(
        writers.map(({ child }) => child),
        message,
      ),
    write: async (batch, context) => {
      context.signal.throwIfAborted();
      if (batch.length === 0) return { accepted: 0 };
      // All of them to their end: what one child took while another failed must be remembered.
      const fence = watchedFence(context);
      const written = await Promise.allSettled(writers.map((writer) => writer.write(batch, fence)));
      fence.throwIfClosed();
      context.signal.throwIfAborted();
      const outcomes = written.map((entry) => {
        if (entry.status === 'rejected') throw entry.reason;
        return entry.value;
      });
      return combine(batch, writers, outcomes, context.keys);
    },
    close: () => closeAll(writers),
    check: async (options) => {
      const checks = await Promise.all(
        writers.map(async ({ child: { sink } }) => ({
          name: sink.name,
          ...((await sink.check?.(options)) ?? { key: 'unknown', reason: 'it has no check' }),
        })),
      );
      return {
        key: checks.every(({ key }) => key === 'accepted') ? 'accepted' : 'unknown',
        reason: checks.map(({ name, reason }) => `${name}: ${reason}`).join(' '),
      };
    },
    child: (name) => {
      const found = name.split(',').flatMap((path) => {
        const writer = writers.find(({ child }) => child.sink.name === path.split('/')[0]);
        if (writer === undefined) return [];
        const { sink, ...rest } = writer.child;
        const below = path.includes('/') ? sink.child?.(path.slice(path.indexOf('/') + 1)) : sink;
        return [{ ...rest, sink: below ?? sink }];
      });
      return found.length === 0 ? undefined : fanOut(found, options);
    },
  };
}

async function closeAll<M extends object>(writers: readonly ChildWriter<M>[]): Promise<void> {
  const closed = await Promise.allSettled(writers.map(async ({ child }) => child.sink.close?.()));
  for (const entry of closed) if (entry.status === 'rejected') throw entry.reason;
}

function combine<M extends object>(
  batch: readonly M[],
  writers: readonly ChildWriter<M>[],
  outcomes: readonly Outcomes[],
  keys: readonly LaneKey[] | undefined,
): WriteResult {
  const rejected: Rejection[] = [];
  const retry: RetryLater[] = [];
  batch.forEach((_message, index) => {
    const again = outcomes.flatMap((each) => (each[index]?.kind === 'retry' ? [each[index].retry] : []));
    if (again.length > 0) {
      const waits = again.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
      const retryAfterMs = waits.length === 0 ? undefined : Math.max(...waits);
      retry.push({ index, reason: again.map(({ reason }) => reason).join('; '), retryAfterMs });
      return;
    }
    const rejections = outcomes.flatMap((each, writer) => {
      const outcome = each[index];
      if (outcome?.kind !== 'rejected') return [];
      const name = writers[writer]?.child.sink.name ?? '';
      const { sink, ...rejection } = outcome.rejection;
      return [{ ...rejection, sink: sink === undefined ? name : sink.replaceAll(/(^|,)/g, `$1${name}/`) }];
    });
    const [first, ...others] = rejections;
    if (first !== undefined) rejected.push(others.length === 0 ? { index, ...first } : { index, ...merge(rejections) });
  });
  // What is sent again with another message is still known to the children that took it.
  const again = withFollowers(retry, rejected, keys, batch.length);
  const open = new Set(again.map(({ index }) => index));
  batch.forEach((message, index) => {
    if (!open.has(index)) for (const writer of writers) writer.forget(message);
  });
  return { accepted: batch.length - rejected.length - again.length, rejected, retry: again };
}

function merge(rejections: readonly Omit<Rejection, 'index'>[]): Omit<Rejection, 'index'> {
  const details = rejections.flatMap(({ sink, detail }) => (detail === undefined ? [] : [`${sink}: ${detail}`]));
  return {
    code: rejections[0]?.code ?? 'REFUSED',
    reason: rejections.map(({ sink, reason }) => `${sink}: ${reason}`).join('; '),
    detail: details.length === 0 ? undefined : details.join('; '),
    sink: rejections.map(({ sink }) => sink).join(','),
  };
}

/**
 * Children cut batches to their own limits; together they only keep a batch from being much larger than any takes. Each
 * batch goes to every child, so the most careful one says how many are in flight.
 */
function commonLimits(limits: readonly (SinkLimits | undefined)[]): SinkLimits {
  const counts = limits.flatMap((each) => each?.maxMessages ?? []);
  const concurrency = Math.min(...limits.map((each) => each?.concurrency ?? defaultConcurrency));
  return counts.length === 0 ? { concurrency } : { concurrency, maxMessages: Math.max(...counts) };
}

function checkNames(names: readonly string[]): void {
  if (names.length === 0) throw new ConfigError('CONFIG_INVALID', 'fanOut: there is no sink');
  for (const name of names) {
    const twice = names.indexOf(name) !== names.lastIndexOf(name);
    if (twice || /[,/]/.test(name)) {
      throw new ConfigError('CONFIG_INVALID', `fanOut: the name "${name}" ${twice ? 'stands twice' : 'has a , or /'}`, {
        hint: 'Give each sink a `name` of its own: dead letters tell the destinations apart by it.',
      });
    }
  }
}
