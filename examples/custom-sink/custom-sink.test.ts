import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'vitest';
import type { Message } from 'snowmelt';
import { sinkMessage, testSink, type SinkUnderTest } from 'snowmelt/testing';
import { CrmSink } from './custom-sink.js';

/** The CRM, as far as the contract needs it. */
async function startCrm(token: string): Promise<SinkUnderTest<Message>> {
  const contacts: Message[] = [];
  let requests = 0;
  let answer: ((response: ServerResponse) => void) | undefined;
  const server = createServer((request, response) => {
    requests += 1;
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      if (answer !== undefined) {
        answer(response);
        return;
      }
      const batch = JSON.parse(body) as Message[];
      const refused = batch.flatMap(({ userId }, index) => (userId === undefined ? [index] : []));
      contacts.push(...batch.filter(({ userId }) => userId !== undefined));
      response.end(JSON.stringify({ refused }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    sink: new CrmSink(`http://127.0.0.1:${port}/contacts`, token),
    received: () => contacts,
    capabilities: {
      secret: token,
      requests: () => requests,
      invalid: () => ({ type: 'track', event: 'nobody did it' }),
      outage: async () => {
        answer = (response) => response.writeHead(503).end();
        return async () => void (answer = undefined);
      },
      unauthorized: async () => void (answer = (response) => response.writeHead(401).end()),
      hang: async () => void (answer = () => undefined),
    },
    cleanup: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

testSink({ describe, it, name: 'CrmSink', message: sinkMessage, create: () => startCrm('secret-token') });
