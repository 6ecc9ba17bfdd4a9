import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * What the network does: it passes everything on, swallows everything, breaks connections, or passes requests on and
 * breaks the connection in place of the answer.
 */
export type NetworkFault = 'none' | 'silent' | 'broken' | 'answers lost';

/** A TCP proxy whose network can be made to fail while connections are open. */
export async function startTcpProxy(target: URL): Promise<{
  readonly port: number;
  readonly set: (fault: NetworkFault) => void;
  /** How many answers were lost. */
  readonly lost: () => number;
  readonly stop: () => Promise<void>;
}> {
  let fault: NetworkFault = 'none';
  let lost = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end).on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    if (fault === 'broken') end();
    client.on('data', (data) => {
      if (fault === 'none' || fault === 'answers lost') upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (fault === 'none') client.write(data);
      if (fault !== 'answers lost') return;
      lost += 1;
      end();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    set: (next) => {
      fault = next;
      if (fault === 'broken') for (const socket of sockets) socket.destroy();
    },
    lost: () => lost,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
