import * as z from 'zod';
import type { JsonObject, JsonValue } from '../message.js';

const jsonValue: z.ZodType<JsonValue> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(jsonValue), jsonObject]),
);
const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), jsonValue);

const id = z.string().min(1);
const dateTime = z
  .string()
  .regex(/^(\d{4}|[+-]\d{6})-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/)
  .refine((text) => {
    const [date = ''] = text.split('T');
    const moment = new Date(`${date}T00:00:00Z`);
    return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(date);
  }, 'no such day');

const common = {
  userId: id.optional(),
  anonymousId: id.optional(),
  timestamp: dateTime.optional(),
  messageId: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/)
    .optional(),
  context: jsonObject.optional(),
  integrations: jsonObject.optional(),
};

interface Person {
  readonly userId?: string | undefined;
  readonly anonymousId?: string | undefined;
}

function hasPerson(message: Person): boolean {
  return message.userId !== undefined || message.anonymousId !== undefined;
}

const needsPerson = { error: 'userId or anonymousId is needed', path: ['userId'] };

const identifySchema = z
  .strictObject({ type: z.literal('identify'), ...common, traits: jsonObject.optional() })
  .refine(hasPerson, needsPerson);

const trackSchema = z
  .strictObject({
    type: z.literal('track'),
    ...common,
    event: z.string().min(1),
    properties: jsonObject.optional(),
  })
  .refine(hasPerson, needsPerson);

const groupSchema = z.strictObject({
  type: z.literal('group'),
  ...common,
  groupId: id,
  traits: jsonObject.optional(),
  objectTypeId: id.optional(),
  relationshipAttributes: jsonObject.optional(),
});

const view = {
  ...common,
  name: z.string().optional(),
  category: z.string().optional(),
  properties: jsonObject.optional(),
};

const pageSchema = z.strictObject({ type: z.literal('page'), ...view }).refine(hasPerson, needsPerson);

const screenSchema = z.strictObject({ type: z.literal('screen'), ...view }).refine(hasPerson, needsPerson);

const aliasSchema = z.strictObject({
  type: z.literal('alias'),
  ...common,
  userId: id,
  previousId: id,
});

/** The six schemas by call type. */
export const messageSchemas = {
  identify: identifySchema,
  track: trackSchema,
  group: groupSchema,
  page: pageSchema,
  screen: screenSchema,
  alias: aliasSchema,
};

/**
 * The schema of a message of any call type, for tests and for hosts that take messages from elsewhere. The mappers
 * themselves run compiled checks that accept and refuse the same messages.
 */
export const messageSchema = z.discriminatedUnion('type', [
  identifySchema,
  trackSchema,
  groupSchema,
  pageSchema,
  screenSchema,
  aliasSchema,
]);
