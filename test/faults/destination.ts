import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';

/** One request as it arrived. */
export interface Arrival {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** First part of its path: the process that sent it. */
  readonly from: string;
  readonly path: string;
  /** Id and e-mail of the people in it, in their order. */
  readonly people: readonly (readonly [id: string, email: string])[];
}

const person = z.object({ userId: z.string(), traits: z.object({ email: z.string() }) });
const body = z.union([z.object({ batch: z.array(person) }), z.array(person), person]);

function peopleIn(text: string): Arrival['people'] {
  const parsed = body.parse(JSON.parse(text));
  const some = Array.isArray(parsed) ? parsed : 'batch' in parsed ? parsed.batch : [parsed];
  return some.map(({ userId, traits }) => [userId, traits.email]);
}

/** A destination that several processes write to, and that may put a header into an answer. */
export class Destination {
  readonly arrivals: Arrival[] = [];
  // Connections are kept for whoever is stopped: one that goes on has no time to open another.
  readonly #server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    this.#take(request, response).catch(() => response.destroy());
  });
  #cue:
    { readonly isThis: (arrival: Arrival) => boolean; readonly headers: Readonly<Record<string, string>> } | undefined;
  #onCue: () => void = () => undefined;

  readonly #forward: { readonly endpoint: string } | undefined;

  /** @param forward where requests go on to, whose answer is given; without it the answer is 200 */
  constructor(forward?: { readonly endpoint: string }) {
    this.#forward = forward;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Answers the first such request with these headers. Resolves when it has come. */
  cue(isThis: (arrival: Arrival) => boolean, headers: Readonly<Record<string, string>>): Promise<void> {
    this.#cue = { isThis, headers };
    return new Promise((resolve) => (this.#onCue = resolve));
  }

  from(who: string): readonly Arrival[] {
    return this.arrivals.filter(({ from }) => from === who);
  }

  /** What the destination knows of everybody: the value that arrived last, at each of its paths. */
  values(): Map<string, string> {
    const known = new Map<string, string>();
    for (const { path, people } of this.arrivals) for (const [id, email] of people) known.set(`${path} ${id}`, email);
    return known;
  }

  /** Resolves when everything that has been sent to it has arrived. */
  async settled(): Promise<void> {
    for (let round = 0; round < 3; round += 1) await (await fetch(`${this.url}/ping`)).arrayBuffer();
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const [, from = '', ...rest] = (request.url ?? '').split('/');
    if (from === 'ping') {
      response.end();
      return;
    }
    const arrival: Arrival = { at: Date.now(), from, path: rest.join('/'), people: peopleIn(text) };
    this.arrivals.push(arrival);
    const cue = this.#cue;
    if (cue?.isThis(arrival) === true) {
      this.#cue = undefined;
      for (const [name, value] of Object.entries(cue.headers)) response.setHeader(name, value);
      response.once('finish', this.#onCue);
    }
    if (this.#forward === undefined) {
      response.end('{}');
      return;
    }
    const headers = request.headers as Record<string, string>;
    const { authorization = '', 'content-type': type = '', 'x-strict-mode': strict = '' } = headers;
    const answer = await fetch(`${this.#forward.endpoint}/batch`, {
      method: 'POST',
      headers: { authorization, 'content-type': type, 'x-strict-mode': strict },
      body: text,
    });
    response.writeHead(answer.status);
    response.end(Buffer.from(await answer.arrayBuffer()));
  }
}
