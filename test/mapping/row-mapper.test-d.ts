import { expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import type { messageSchema } from 'snowmelt';
import {
  alias,
  defineMapper,
  deletePeople,
  group,
  identify,
  page,
  screen,
  semanticEvents,
  track,
  type AliasMessage,
  type CallMapper,
  type DecodedRow,
  type GroupMessage,
  type IdentifyMessage,
  type Message,
  type PageMessage,
  type RowMapper,
  type ScreenMessage,
  type Sink,
  type TrackMessage,
} from 'snowmelt';
import type { messageSchemas } from '../../src/mapping/calls/message-schema.js';

test('the public message types are those of the schemas', () => {
  expectTypeOf<z.infer<typeof messageSchemas.identify>>().toEqualTypeOf<IdentifyMessage>();
  expectTypeOf<z.infer<typeof messageSchemas.track>>().toEqualTypeOf<TrackMessage>();
  expectTypeOf<z.infer<typeof messageSchemas.group>>().toEqualTypeOf<GroupMessage>();
  expectTypeOf<z.infer<typeof messageSchemas.page>>().toEqualTypeOf<PageMessage>();
  expectTypeOf<z.infer<typeof messageSchemas.screen>>().toEqualTypeOf<ScreenMessage>();
  expectTypeOf<z.infer<typeof messageSchemas.alias>>().toEqualTypeOf<AliasMessage>();
  expectTypeOf<z.infer<typeof messageSchema>>().toEqualTypeOf<Message>();
});

test('each mapper has its own message type', () => {
  expectTypeOf(identify()).toEqualTypeOf<CallMapper<IdentifyMessage>>();
  expectTypeOf(track()).toEqualTypeOf<CallMapper<TrackMessage>>();
  expectTypeOf(group()).toEqualTypeOf<CallMapper<GroupMessage>>();
  expectTypeOf(page()).toEqualTypeOf<CallMapper<PageMessage>>();
  expectTypeOf(screen()).toEqualTypeOf<CallMapper<ScreenMessage>>();
  expectTypeOf(alias()).toEqualTypeOf<CallMapper<AliasMessage>>();
  expectTypeOf(deletePeople()).toEqualTypeOf<CallMapper<TrackMessage>>();
  expectTypeOf(semanticEvents.deletePerson({ userId: 1 })).toEqualTypeOf<TrackMessage>();
  expectTypeOf(semanticEvents.names.userDeleted).toEqualTypeOf<'User Deleted'>();
});

test('a mapper of a call makes one message of a row', () => {
  expectTypeOf(identify().map({}).userId).toEqualTypeOf<string | undefined>();
  expectTypeOf(alias().map({})).toEqualTypeOf<AliasMessage>();
  expectTypeOf(deletePeople().map({}).event).toEqualTypeOf<string>();
});

test('mappers are covariant, sinks contravariant', () => {
  expectTypeOf<RowMapper<IdentifyMessage>>().toExtend<RowMapper>();
  expectTypeOf<RowMapper>().not.toExtend<RowMapper<IdentifyMessage>>();
  expectTypeOf<Sink>().toExtend<Sink<IdentifyMessage>>();
  expectTypeOf<Sink<IdentifyMessage>>().not.toExtend<Sink>();
});

test('defineMapper infers the row from the schema and the message from the function', () => {
  const schema = z.object({ ID: z.coerce.string(), AGE: z.number() });
  const mapper = defineMapper(
    (row, info) => {
      expectTypeOf(row).toEqualTypeOf<{ ID: string; AGE: number }>();
      expectTypeOf(info.row).toEqualTypeOf<number>();
      return row.AGE > 18 ? { kind: 'adult' as const, id: row.ID } : undefined;
    },
    { schema },
  );
  expectTypeOf(mapper).toEqualTypeOf<RowMapper<{ kind: 'adult'; id: string }>>();
  defineMapper((row) => {
    expectTypeOf(row).toEqualTypeOf<DecodedRow>();
    return [{ n: 1 }];
  });
  expectTypeOf(defineMapper(() => semanticEvents.deletePerson({ userId: 'u' }))).toEqualTypeOf<
    RowMapper<TrackMessage>
  >();
});

test('misuse does not compile', () => {
  // @ts-expect-error an unknown option
  identify({ colunmCase: 'snake' });
  // @ts-expect-error an option of another call
  track({ emailFallback: true });
  // @ts-expect-error a device without its token
  semanticEvents.deleteDevice({ userId: 'u' });
  const schema = z.object({ ID: z.string() });
  // @ts-expect-error a column that the schema does not have
  defineMapper((row) => ({ id: row.NOPE as unknown }), { schema });
});
