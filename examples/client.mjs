// What the examples have in common: a key, requests, and a progress bar where there is a terminal.
import { readFileSync } from 'node:fs';
import { SingleBar, Presets } from 'cli-progress';

const KEY_FILE = 'data/admin.key';

/** What a person can do something about; anything else shows its stack. */
export class ExampleError extends Error {}

/** Calls of the service at `url`: `(method, path, body?, headers?)` gives the answer's body. */
export function connect(url) {
  const key = apiKey();
  return (method, path, body, headers) => request(url, key, method, path, body, headers);
}

/** Runs `work` with a function that tells how much of `total` is done. */
export async function withProgress(total, work) {
  const bar = process.stderr.isTTY ? new SingleBar({ hideCursor: true }, Presets.shades_classic) : undefined;
  bar?.start(total, 0);
  try {
    return await work((done) => bar?.update(done));
  } finally {
    bar?.stop();
  }
}

/** Runs an example: what a person can do something about is told without a stack. */
export async function run(example) {
  try {
    await example();
  } catch (error) {
    if (!(error instanceof ExampleError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

export function number(value) {
  return value.toLocaleString('en-US');
}

function apiKey() {
  if (process.env.FULCRUM_API_KEY) return process.env.FULCRUM_API_KEY;
  try {
    return readFileSync(KEY_FILE, 'utf8').trim();
  } catch {
    throw new ExampleError(
      `There is no API key: set FULCRUM_API_KEY, or run this in the folder where the service keeps ${KEY_FILE}.`,
    );
  }
}

/** The answer's body; a problem document becomes an error that says what to do. */
async function request(url, key, method, path, body, headers) {
  let response;
  try {
    response = await fetch(new URL(path, url), {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body && JSON.stringify(body),
    });
  } catch {
    throw new ExampleError(
      `No service answers at ${url}. Start it with npm start, or name another with --url.`,
    );
  }
  const answer = response.headers.get('content-type')?.includes('json') ? await response.json() : undefined;
  if (response.status === 204 || (response.ok && answer !== undefined)) return answer;
  if (response.status === 401) throw new ExampleError(`The service at ${url} does not know the API key.`);
  throw new ExampleError(
    `${method} ${path} answered ${response.status}: ${answer?.detail ?? 'no problem document'}`,
  );
}
