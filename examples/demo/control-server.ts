import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server process of the demo does when the runner asks. The answer is sent as JSON. */
export type Commands = Readonly<Record<string, (body: string) => Promise<unknown>>>;

/** Without a sign of life from a runner for this long, a server process ends by itself. */
const ORPHAN_MS = Number(process.env['DEMO_ORPHAN_MS'] ?? 60_000);

/**
 * The way in which the runner talks to a server process. The process is no child that dies with the runner: a killed
 * runner's successor finds it by its control address. Any request keeps it going, `POST /stop` ends it once what
 * it holds is closed.
 */
export async function startControlServer(commands: Commands, stop: () => Promise<void>): Promise<string> {
  // Counted and not measured: a process that stood still for a while has signs of life to read first.
  let quietSeconds = 0;
  let ending: Promise<void> | undefined;
  const end = (): Promise<void> => (ending ??= stop());
  const answer = async (name: string, body: string): Promise<unknown> => {
    if (name === 'stop') return end();
    return commands[name]?.(body);
  };
  const server = createServer((request, response) => {
    quietSeconds = 0;
    const name = (request.url ?? '/').slice(1);
    void readBody(request)
      .then((body) => answer(name, body))
      .then((value) => response.end(JSON.stringify(value ?? null)))
      .catch((error: unknown) => response.writeHead(500).end(String(error)))
      .finally(() => {
        if (name === 'stop') response.once('close', () => process.exit(0));
      });
  });
  setInterval(() => {
    quietSeconds += 1;
    if (quietSeconds * 1000 > ORPHAN_MS) void end().finally(() => process.exit(0));
  }, 1000);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString('utf8');
}
