import { expectTypeOf, test } from 'vitest';
import {
  deliver,
  type DeadLetter,
  type DeliveryReport,
  type IdentifyMessage,
  type ResultSet,
  type RowMapper,
  type Sink,
} from 'snowmelt';

interface Invoice {
  readonly number: string;
  readonly cents: number;
}

declare const rows: ResultSet;
declare const invoices: RowMapper<Invoice>;
declare const invoiceSink: Sink<Invoice>;
declare const anySink: Sink<unknown>;
declare const identifies: RowMapper<IdentifyMessage>;
declare const messageSink: Sink;
declare const identifySink: Sink<IdentifyMessage>;

test("a host's own message type goes through with its own mapper, sink and dead letter", () => {
  const deadLetter = {} as Sink<DeadLetter<Invoice>>;
  expectTypeOf(
    deliver({ rows, mapper: invoices, sink: invoiceSink, deadLetter }),
  ).resolves.toEqualTypeOf<DeliveryReport>();
  void deliver({ rows, mapper: invoices, sink: anySink, deadLetter: anySink });
});

test('a sink of all messages takes a mapper of one call type, not the other way round', () => {
  void deliver({ rows, mapper: identifies, sink: messageSink });
  // @ts-expect-error the mapper makes calls that the sink does not take
  void deliver({ rows, mapper: {} as RowMapper, sink: identifySink });
});

test('mapper, sink and dead letter have to agree', () => {
  // @ts-expect-error an invoice is no message
  void deliver({ rows, mapper: invoices, sink: messageSink });
  // @ts-expect-error the dead letter is for messages
  void deliver({ rows, mapper: invoices, sink: invoiceSink, deadLetter: {} as Sink<DeadLetter<IdentifyMessage>> });
});
