import { SinkError, type Message, type Sink, type WriteContext, type WriteResult } from 'snowmelt';

/** Sends messages to an imaginary CRM: `PUT /contacts` takes a JSON array and answers with the refused positions. */
export class CrmSink implements Sink {
  readonly name = 'crm';
  readonly limits = { maxMessages: 200 };
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  readonly write = async (batch: readonly Message[], context: WriteContext): Promise<WriteResult> => {
    context.signal.throwIfAborted();
    if (batch.length === 0) return { accepted: 0 };
    await context.fence();
    const response = await this.#put(JSON.stringify(batch), context.signal);
    if (response.status === 401) throw new SinkError('SINK_UNAUTHORIZED', 'crm answered 401', { retryable: false });
    if (!response.ok) throw new SinkError('SINK_FAILED', `crm answered ${response.status}`, { retryable: true });
    const { refused } = (await response.json()) as { refused: number[] };
    const rejected = refused.map((index) => ({ index, code: 'REFUSED', reason: 'crm refused the contact' }));
    return { accepted: batch.length - rejected.length, rejected };
  };

  async #put(body: string, signal: AbortSignal): Promise<Response> {
    try {
      const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
      return await fetch(this.#url, { method: 'PUT', headers, body, signal, redirect: 'error' });
    } catch {
      signal.throwIfAborted();
      throw new SinkError('SINK_UNREACHABLE', 'crm does not answer', { retryable: true });
    }
  }
}
