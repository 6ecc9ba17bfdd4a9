import { alias, group, identify, page, screen, track, QueryTemplate, type Message, type RowMapper } from 'snowmelt';
import type { Table } from './shop.js';

/** One of the shop's six syncs. */
export interface ShopSync {
  readonly name: string;
  readonly table: Table;
  readonly query: QueryTemplate;
  readonly mapper: RowMapper;
  /** What tells the rows of the table apart, in SQL. */
  readonly rowKey: string;
  /** The same of a message. */
  readonly messageKey: (message: Message) => unknown;
}

/** One sync per call type. Unquoted aliases come back in capitals; the mappers find their own columns all the same. */
export const shopSyncs: readonly ShopSync[] = [
  {
    name: 'people',
    table: 'PEOPLE',
    mapper: identify(),
    rowKey: 'ID',
    messageKey: ({ userId }) => userId,
    query: new QueryTemplate(`
      SELECT ID AS "userId", EMAIL AS "email", MSISDN AS "phone", FNAME AS "first_name", LNAME AS "last_name",
        IFF(IS_ACTIVE, 'true', 'false') AS "is_active", LIFETIME_VALUE AS "lifetime_value", SCORE AS "score",
        PREFERENCES AS "preferences", BORN AS "born", LAST_UPDATED AS "last_updated"
      FROM PEOPLE
      WHERE LAST_UPDATED >= {{last_sync_time}}`),
  },
  {
    name: 'events',
    table: 'EVENTS',
    mapper: track(),
    rowKey: 'EVENT_ID',
    messageKey: property('event_id'),
    query: new QueryTemplate(`
      SELECT ID AS userId, EVENT_NAME AS event, EVENT_ID AS "event_id", PRODUCTS AS "products", TOTAL_PRICE AS "value",
        TIMESTAMP AS timestamp
      FROM EVENTS
      WHERE TIMESTAMP >= {{last_sync_time}}`),
  },
  {
    name: 'companies',
    table: 'COMPANIES',
    mapper: group(),
    rowKey: "COMPANYID || ' ' || PERSONID",
    messageKey: (message) => message.type === 'group' && `${message.groupId} ${message.userId ?? ''}`,
    query: new QueryTemplate(`
      SELECT COMPANYID AS "groupId", OBJECT_TYPE_ID AS "objectTypeId", COMPANYNAME AS "company_name",
        EMPLOYEES AS "employees", PERSONID AS "userId",
        OBJECT_CONSTRUCT('is_manager', IS_MANAGER, 'role', ROLE) AS "relationshipAttributes"
      FROM COMPANIES
      WHERE LAST_UPDATED >= {{last_sync_time}}`),
  },
  {
    name: 'pages',
    table: 'PAGES',
    mapper: page(),
    rowKey: 'VIEW_ID',
    messageKey: property('view_id'),
    query: new QueryTemplate(`
      SELECT ID AS userId, METATITLE AS name, URL AS "url", TIME_ON_PAGE AS "time_on_page", VIEW_ID AS "view_id",
        TIMESTAMP AS timestamp
      FROM PAGES
      WHERE TIMESTAMP >= {{last_sync_time}}`),
  },
  {
    name: 'screens',
    table: 'SCREENS',
    mapper: screen(),
    rowKey: 'VIEW_ID',
    messageKey: property('view_id'),
    query: new QueryTemplate(`
      SELECT ID AS userId, SCREEN_NAME AS name, SESSION_STARTED AS "session_started", VIEW_ID AS "view_id",
        TIMESTAMP AS timestamp
      FROM SCREENS
      WHERE TIMESTAMP >= {{last_sync_time}}`),
  },
  {
    name: 'id-changes',
    table: 'USER_RESOLUTION',
    mapper: alias(),
    rowKey: 'OLD_ID',
    messageKey: (message) => message.type === 'alias' && message.previousId,
    query: new QueryTemplate(`
      SELECT ID AS userId, OLD_ID AS previousId
      FROM USER_RESOLUTION
      WHERE TIMESTAMP >= {{last_sync_time}}`),
  },
];

function property(name: string): ShopSync['messageKey'] {
  return (message) => 'properties' in message && message.properties?.[name];
}
