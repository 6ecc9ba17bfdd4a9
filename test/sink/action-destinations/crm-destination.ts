import type { LoadPackage } from 'snowmelt/action-destinations';

interface Core {
  readonly MultiStatusResponse: new () => {
    setSuccessResponseAtIndex(index: number, response: object): void;
    setErrorResponseAtIndex(index: number, response: object): void;
  };
}

/**
 * A destination of the host's own over the package's client: its reply names the rows that it did not take.
 *
 * @param status what it says of those rows
 */
export function crm(load: LoadPackage, url: string, status = 429): LoadPackage {
  const core = load('@segment/actions-core') as Core;
  const field = (type: string, path: string): object => ({
    type,
    label: path,
    description: path,
    default: { '@path': path },
  });
  const put = {
    title: 'Put',
    description: 'Puts rows',
    fields: { userId: field('string', '$.userId'), traits: field('object', '$.traits') },
    perform: () => undefined,
    performBatch: async (
      request: (url: string, options: object) => Promise<{ data: number[] }>,
      { payload }: { payload: readonly object[] },
    ) => {
      const { data } = await request(url, { method: 'put', json: payload });
      const statuses = new core.MultiStatusResponse();
      for (const [index, sent] of payload.entries()) {
        if (data.includes(index)) statuses.setErrorResponseAtIndex(index, { status, errormessage: 'not taken' });
        else statuses.setSuccessResponseAtIndex(index, { status: 200, sent, body: {} });
      }
      return statuses;
    },
  };
  const definition = { name: 'CRM', slug: 'crm', mode: 'cloud', description: 'A CRM', actions: { put } };
  return (specifier) => (specifier === '@segment/actions-core' ? core : definition);
}
