import { request as httpRequest } from 'node:http';
import type { Answer } from './api-client.js';
import { ADMIN_KEY } from './service.js';

/** A request that must be refused, with the status of its answer. */
export type BadRequest = readonly [
  what: string,
  status: number,
  method: string,
  path: string,
  body?: string,
  type?: string,
];

/** Sends a request as `node:http` does, since `fetch` mends some paths; with the admin's credential. */
export async function sendRaw(url: string, [, , method, path, body, type]: BadRequest): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const { port } = new URL(url);
    const headers: Record<string, string | number> = { authorization: `Bearer ${ADMIN_KEY}` };
    if (body !== undefined) {
      headers['content-type'] = type ?? 'application/json';
      headers['content-length'] = Buffer.byteLength(body);
    }
    const sent = httpRequest({ port, host: '127.0.0.1', method, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        const answered = new Headers();
        for (const [name, value] of Object.entries(response.headers)) answered.set(name, String(value));
        resolve({
          status: response.statusCode ?? 0,
          headers: answered,
          body: text === '' ? '' : JSON.parse(text),
        });
      });
      response.on('error', reject);
    });
    // A server may answer before it has read a body that is too large.
    sent.on('error', reject);
    sent.end(body);
  });
}
