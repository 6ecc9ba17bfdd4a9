import { describe, expect, it } from 'vitest';
import {
  createOrUpdateDevices,
  deleteDevices,
  deleteObjects,
  deletePeople,
  deleteRelationships,
  reportContent,
  reportDeliveries,
  semanticEvents,
  suppressPeople,
  track,
  unsuppressPeople,
  type Row,
  type RowMapper,
  type TrackMessage,
} from 'snowmelt';

const device = { context: { device: { token: 't', type: 'ios' } } };

describe('builders', () => {
  it.each<[TrackMessage, object]>([
    [semanticEvents.deletePerson({ userId: 7 }), { userId: '7', event: 'User Deleted' }],
    [semanticEvents.suppressPerson({ userId: 'a@b.c' }), { userId: 'a@b.c', event: 'User Suppressed' }],
    [
      semanticEvents.unsuppressPerson({ userId: 9007199254740993n, timestamp: '2024-02-29T00:00:00Z' }),
      { userId: '9007199254740993', timestamp: '2024-02-29T00:00:00Z', event: 'User Unsuppressed' },
    ],
    [
      semanticEvents.createOrUpdateDevice({ userId: 'u', token: 't', type: 'ios', properties: { plan: 'x' } }),
      { userId: 'u', ...device, event: 'Device Created or Updated', properties: { plan: 'x' } },
    ],
    [
      semanticEvents.deleteDevice({ userId: 'u', token: 't', type: 'ios', appNamespace: 'app' }),
      { userId: 'u', context: { ...device.context, app: { namespace: 'app' } }, event: 'Device Deleted' },
    ],
    [
      semanticEvents.deleteObject({ objectId: 3, objectTypeId: 2 }),
      { anonymousId: '3', event: 'Object Deleted', properties: { objectId: '3', objectTypeId: 2 } },
    ],
    [
      semanticEvents.deleteRelationship({ userId: 'u', objectId: 'o' }),
      { userId: 'u', event: 'Relationship Deleted', properties: { objectId: 'o' } },
    ],
    [
      semanticEvents.reportDelivery({ deliveryId: 'd', metric: 'opened' }),
      { anonymousId: 'd', event: 'Report Delivery Event', properties: { deliveryId: 'd', metric: 'opened' } },
    ],
    [
      semanticEvents.reportContent({ userId: 'u', actionType: 'viewed_content', contentId: 4 }),
      { userId: 'u', event: 'Report Content Event', properties: { actionType: 'viewed_content', contentId: 4 } },
    ],
  ])('%#', (message, expected) => {
    expect(message).toStrictEqual({ type: 'track', ...expected });
  });

  it.each([
    () => semanticEvents.deletePerson({ userId: '' }),
    () => semanticEvents.deletePerson({ userId: 2 ** 53 }),
    // What a column of a row may be, against the types.
    ...[null, undefined, true, {}, [], new Date(0), Symbol('s')].map(
      (id) => () => semanticEvents.deletePerson({ userId: id as never }),
    ),
    () => semanticEvents.deleteObject({ objectId: 7, objectTypeId: 2.5 }),
    () => semanticEvents.deleteObject({ objectId: 7, objectTypeId: '2' as never }),
    () => semanticEvents.deleteRelationship({ userId: 'u', objectId: 7, objectTypeId: 0 }),
    () => semanticEvents.deleteDevice({ userId: 'u', token: '' }),
    () => semanticEvents.reportDelivery({ deliveryId: 'd', metric: '' as never }),
  ])('refuse what the event cannot work without, %#', (make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'MAPPING_ROW' }));
  });
});

describe('ready mappers', () => {
  it.each<[string, RowMapper<TrackMessage>, Row, object]>([
    ['deletePeople', deletePeople(), { USERID: 7 }, { userId: '7', event: 'User Deleted' }],
    ['suppressPeople', suppressPeople(), { USERID: 7 }, { userId: '7', event: 'User Suppressed' }],
    ['unsuppressPeople', unsuppressPeople(), { USERID: 7 }, { userId: '7', event: 'User Unsuppressed' }],
    [
      'createOrUpdateDevices',
      createOrUpdateDevices(),
      { USERID: 'u', DEVICETOKEN: 't', DEVICETYPE: 'ios', plan: 'x' },
      { userId: 'u', ...device, event: 'Device Created or Updated', properties: { plan: 'x' } },
    ],
    [
      'deleteDevices',
      deleteDevices(),
      { userId: 'u', context: device.context },
      { userId: 'u', ...device, event: 'Device Deleted' },
    ],
    [
      'deleteObjects',
      deleteObjects(),
      { OBJECTID: 3, OBJECTTYPEID: 2 },
      { anonymousId: '3', event: 'Object Deleted', properties: { objectId: '3', objectTypeId: 2 } },
    ],
    [
      'deleteRelationships',
      deleteRelationships(),
      { USERID: 'u', OBJECTID: 'o' },
      { userId: 'u', event: 'Relationship Deleted', properties: { objectId: 'o' } },
    ],
    [
      'reportDeliveries',
      reportDeliveries(),
      { DELIVERYID: 'd', METRIC: 'opened', HREF: null },
      { anonymousId: 'd', event: 'Report Delivery Event', properties: { deliveryId: 'd', metric: 'opened' } },
    ],
    [
      'reportContent',
      reportContent(),
      { USERID: 'u', ACTIONTYPE: 'clicked_content', contentId: 4 },
      { userId: 'u', event: 'Report Content Event', properties: { actionType: 'clicked_content', contentId: 4 } },
    ],
  ])('%s takes queries that return little more than keys', (_name, mapper, row, expected) => {
    expect(mapper.map(row)).toStrictEqual({ type: 'track', ...expected });
  });

  it.each<[string, RowMapper<TrackMessage>, Row, string]>([
    ['deletePeople', deletePeople(), { anonymousId: 'a' }, 'MAPPING_COLUMNS'],
    ['deletePeople', deletePeople(), { userId: null }, 'MAPPING_ROW'],
    ['deleteDevices', deleteDevices(), { userId: 'u' }, 'MAPPING_COLUMNS'],
    ['deleteDevices', deleteDevices(), { userId: 'u', deviceToken: '' }, 'MAPPING_ROW'],
    ['deleteObjects', deleteObjects(), { objectId: null }, 'MAPPING_ROW'],
    ['deleteObjects', deleteObjects(), { objectId: 'o', objectTypeId: 'x' }, 'MAPPING_ROW'],
    ...['0', '-1', '2.5', '0x10', '1e1', '0b11', ' 2'].map(
      (objectTypeId): [string, RowMapper<TrackMessage>, Row, string] => [
        'deleteObjects',
        deleteObjects(),
        { objectId: 'o', objectTypeId },
        'MAPPING_ROW',
      ],
    ),
    ['deleteObjects', deleteObjects(), { OBJECTID: 'o', OBJECT_TYPE_ID: 2 }, 'MAPPING_ROW'],
    ['track', track(), { userId: 'u', event: 'Object Deleted', objectId: 'o', OBJECTTYPEID: 2 }, 'MAPPING_ROW'],
    ['track', track(), { userId: 'u', event: 'Object Deleted', objectId: 'o', objectTypeId: '2' }, 'MAPPING_ROW'],
    ['deleteRelationships', deleteRelationships(), { objectId: 'o' }, 'MAPPING_COLUMNS'],
    ['reportDeliveries', reportDeliveries(), { deliveryId: 'd', metric: null }, 'MAPPING_ROW'],
  ])('%s refuses %#', (_name, mapper, row, code) => {
    expect(() => mapper.map(row)).toThrow(expect.objectContaining({ code }));
  });

  it('refuses unknown options under its own name', () => {
    expect(() => deletePeople({ event: 'x' } as never)).toThrow(/deletePeople\(\): unknown option `event`/);
  });

  it('has another fingerprint than track', () => {
    expect(new Set([deletePeople(), suppressPeople(), track()].map(({ fingerprint }) => fingerprint)).size).toBe(3);
  });
});

describe('track', () => {
  it.each([
    ['Suppress Person', 'User Suppressed', { userId: 'u' }],
    ['Unsuppress Person', 'User Unsuppressed', { userId: 'u' }],
    ['Device Added or Updated', 'Device Created or Updated', { userId: 'u', ...device }],
  ])('sends %s as %s, or as it is when asked', (event, canonical, row) => {
    expect(track().map({ event, ...row })).toStrictEqual({ type: 'track', event: canonical, ...row });
    expect(track({ semanticEventNames: 'keep' }).map({ event, ...row })).toStrictEqual({
      type: 'track',
      event,
      ...row,
    });
  });

  it.each(Object.values(semanticEvents.names))('refuses a %s without what it needs', (event) => {
    expect(() => track().map({ event, anonymousId: 'a' })).toThrow(
      expect.objectContaining({ code: 'MAPPING_ROW', hint: expect.stringContaining('AS "') }),
    );
  });

  it.each(['user deleted', 'User  Deleted', 'UserDeleted', ' suppress person '])('warns of %s', (event) => {
    const warnings: string[] = [];
    const message = track().map(
      { event, userId: 'u' },
      { row: 0, warn: (code, column) => warnings.push(`${code} ${column}`) },
    );
    expect(message).toMatchObject({ event });
    expect(warnings).toStrictEqual(['EVENT_NAME_ALMOST_SEMANTIC event']);
  });

  it('leaves other events alone', () => {
    const warn = (): void => expect.unreachable();
    expect(track().map({ event: 'Order Deleted', userId: 'u' }, { row: 0, warn })).toMatchObject({
      event: 'Order Deleted',
    });
  });
});

describe('an event about nobody', () => {
  it.each([
    ['Object Deleted', { objectId: 'o', objectTypeId: 2 }, 'o'],
    ['Object Deleted', { objectId: 17 }, '17'],
    ['Report Delivery Event', { deliveryId: 'd', metric: 'opened' }, 'd'],
  ])('needs no column of a person in a track query: %s', (event, properties, anonymousId) => {
    const message = { type: 'track', event, anonymousId, properties };
    expect(track().map({ event, ...properties })).toEqual(message);
    expect(track({ event }).map(properties)).toEqual(message);
    expect(track({ event }).map({ properties })).toEqual(message);
    expect(track().map({ event, userId: 'u', ...properties })).not.toHaveProperty('anonymousId');
  });

  it('leaves other events and rows without that property to their errors', () => {
    expect(() => track().map({ event: 'Bought', objectId: 'o' })).toThrow(/userId or anonymousId/);
    expect(() => track().map({ event: 'Object Deleted', objectId: null })).toThrow(/objectId/);
    expect(() => track().map({ event: 'Bought' })).toThrow(expect.objectContaining({ code: 'MAPPING_COLUMNS' }));
  });
});
