// Counts messages and bytes of `POST /v1/batch` without parsing them: every message carries its call type once.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzip } from 'node:zlib';

const NEEDLE = Buffer.from('"type":"identify"');
let messages = 0;
let requests = 0;
let bytes = 0;
/** Milliseconds that each answer takes on its way; `PUT /delay/<ms>` sets it. */
let delayMs = 0;

function count(body) {
  for (let at = body.indexOf(NEEDLE); at !== -1; at = body.indexOf(NEEDLE, at + NEEDLE.length)) messages++;
}

const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    if (request.method === 'GET') return response.end(JSON.stringify({ messages, requests, bytes }));
    if (request.method === 'DELETE') {
      messages = requests = bytes = 0;
      return response.end();
    }
    if (request.method === 'PUT') {
      delayMs = Number(request.url.slice('/delay/'.length));
      return response.end();
    }
    const body = Buffer.concat(parts);
    requests++;
    bytes += body.length;
    const done = async () => {
      if (delayMs > 0) await sleep(delayMs);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{}');
    };
    if (request.headers['content-encoding'] !== 'gzip') {
      count(body);
      return done();
    }
    gunzip(body, (error, plain) => {
      if (error) return response.writeHead(400).end();
      count(plain);
      done();
    });
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }));
process.on('disconnect', () => process.exit(0));
