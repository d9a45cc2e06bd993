import { referenceServer } from './reference-server.mjs';
import { roomyLimits, service, settingsFor } from './service.mjs';
import { credential } from './submission-request.mjs';

/** In the order in which they are added, and what each adds. */
const LAYERS = [
  ['gateway', 'each call of Redis bounded in time, and repeated only where that is safe'],
  ['validation', 'the strict pipe with its compiled rules'],
  ['access', 'the guard: API key, permissions, caller'],
  ['limits', 'three token buckets, leased, and their headers'],
  [
    'telemetry',
    'named operations of the service, with their log, metrics and traces, and a metric a request',
  ],
];

/**
 * Bare Fastify, bare Nest, the service's layers one after the other, and the whole service; each with what is put in
 * its way alone.
 * @param {object} request of a route of the service
 * @param {Pick<import('../support/running-contender.mjs').Contender, 'fill'>} options
 */
export function layered(request, options) {
  const layeredRequest = { ...request, path: request.path.replace('/v1/leaderboards/', '/layers/') };
  const nest = (name, about, layers) => ({
    ...referenceServer('layers', { name, about, requests: [layeredRequest], ...options }),
    command: async (place) => {
      const { args, env } = referenceServer('layers', {}).command(place);
      return { args, env: { ...settingsFor(place), ...roomyLimits, ...env, LAYERS: layers.join(',') } };
    },
  });
  return [
    referenceServer('bare-routes', {
      name: 'bare Fastify',
      about:
        'Fastify and ioredis, auto-pipelined, that carry out the service’s script for whoever asks, whatever is sent',
      requests: [request],
      ...options,
    }),
    nest('bare Nest', 'the same in a controller of Nest on Fastify', []),
    ...LAYERS.map(([name, about], at) =>
      nest(
        `+ ${name}`,
        about,
        LAYERS.slice(0, at + 1).map(([layer]) => layer),
      ),
    ),
    service({
      name: 'Fulcrum',
      about:
        'the whole service: also request ids, strict JSON, security headers, limits on requests and bodies, problem documents',
      settings: roomyLimits,
      requests: [request],
      ...options,
    }),
  ];
}

/** The whole service, and each request with an Idempotency-Key of its own. */
export const idempotent = (request, options) =>
  service({
    name: 'Fulcrum + idempotency',
    about:
      'the same with a new Idempotency-Key in each request, which is bound to it in one more trip and kept with the answer',
    settings: roomyLimits,
    requests: [{ ...request, headers: { ...credential, 'idempotency-key': '<random:9>-<counter:9>' } }],
    ...options,
  });
