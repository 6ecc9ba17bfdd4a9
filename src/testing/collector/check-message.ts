import * as z from 'zod';

// Customer.io's published rules for the six calls (Customer.io documentation, Pipelines API reference). On purpose not
// made from the library's own message schemas: a collector that shared them could not find their mistakes.
const id = z.string().min(1);
const time = z.iso.datetime({ offset: true });
const object = z.record(z.string(), z.json());

const common = {
  messageId: id.optional(),
  userId: z.string().optional(),
  anonymousId: z.string().optional(),
  timestamp: time.optional(),
  originalTimestamp: time.optional(),
  sentAt: time.optional(),
  context: object.optional(),
  integrations: z.record(z.string(), z.union([z.boolean(), object])).optional(),
};

// `1` and no other spelling: the API documents a string that holds an integer.
const objectTypeId = z.string().regex(/^\d+$/, 'must be a string that holds an integer');

const call = z.discriminatedUnion('type', [
  z.object({ ...common, type: z.literal('identify'), traits: object.optional() }),
  z.object({ ...common, type: z.literal('track'), event: id, groupId: id.optional(), properties: object.optional() }),
  z.object({
    ...common,
    type: z.literal('group'),
    groupId: id,
    traits: z
      .looseObject({ objectTypeId: objectTypeId.optional(), relationshipAttributes: object.optional() })
      .optional(),
    objectTypeId: z.undefined({ error: 'belongs into traits' }).optional(),
    relationshipAttributes: z.undefined({ error: 'belongs into traits' }).optional(),
  }),
  z.object({ ...common, type: z.literal('page'), name: z.string().optional(), properties: object.optional() }),
  z.object({ ...common, type: z.literal('screen'), name: z.string().optional(), properties: object.optional() }),
  z.object({ ...common, type: z.literal('alias'), userId: id, previousId: id }),
]);

type Call = z.infer<typeof call>;

/** Why the API refuses a call, in its strict mode; `undefined` when it takes it. */
export function checkMessage(value: unknown): string | undefined {
  const parsed = call.safeParse(value);
  if (!parsed.success) {
    return parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'call'}: ${message}`).join('; ');
  }
  return missingPerson(parsed.data) ?? missingForEvent(parsed.data);
}

function missingPerson(message: Call): string | undefined {
  if (message.userId || message.anonymousId) return undefined;
  if (message.type === 'group') return undefined;
  if (message.type === 'track' && message.groupId !== undefined) return undefined;
  if (message.type === 'identify' && message.traits?.['email']) return undefined;
  return 'userId: one of userId and anonymousId is needed';
}

/** Required fields of the events with a meaning of their own (Customer.io documentation, semantic events). */
function missingForEvent(message: Call): string | undefined {
  if (message.type !== 'track') return undefined;
  const { event, userId, properties, context } = message;
  const personal = ['User Deleted', 'User Suppressed', 'User Unsuppressed', 'Relationship Deleted'];
  const device = ['Device Created or Updated', 'Device Deleted'];
  if ([...personal, ...device].includes(event) && !userId) return `userId: needed for "${event}"`;
  if (device.includes(event)) {
    const token = z.object({ device: z.object({ token: id }) }).safeParse(context);
    if (!token.success) return `context.device.token: needed for "${event}"`;
  }
  if (['Object Deleted', 'Relationship Deleted'].includes(event) && !properties?.['objectId']) {
    return `properties.objectId: needed for "${event}"`;
  }
  return undefined;
}
