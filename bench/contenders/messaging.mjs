import { dialects } from '../load/subscriber-dialects.mjs';
import { referenceServer } from './reference-server.mjs';
import { roomyLimits, service } from './service.mjs';

export const LOOP = 'ws loop';
export const OVER_SSE = 'Fulcrum, SSE';
export const OVER_WEB_SOCKETS = 'Fulcrum, WebSocket';

/**
 * Who brings messages to subscribers; each has, besides, the `dialect` in which the load generator speaks to it.
 * @param {readonly string[]} channels that there will be
 * @returns {(import('../support/running-contender.mjs').Contender & {dialect: keyof typeof dialects})[]}
 */
export function messagingContenders(channels) {
  return [
    referenceServer('plain-ws', {
      name: LOOP,
      about:
        '`ws` 8 and `SUBSCRIBE`; for each message `client.send(text)` in a loop over the clients; no history, no credential, no bound for a slow client',
      env: { CHANNELS: channels.join(',') },
      ...spokenTo('loop'),
    }),
    referenceServer('socket-io', {
      name: 'socket.io',
      about:
        'socket.io 4 with `@socket.io/redis-adapter` on ioredis, over WebSockets alone; `io.to(room).emit`, which reaches the clients of the same process without Redis; no history, no credential',
      ...spokenTo('socketIo'),
    }),
    service({
      name: OVER_WEB_SOCKETS,
      about:
        'the service with its defaults and `GET /v1/socket`; a history of 1,000 messages, ids, credentials, and a bounded queue for each client',
      settings: roomyLimits,
      ...spokenTo('webSocket'),
    }),
    service({
      name: OVER_SSE,
      about: 'the same with `GET /v1/events`, whose events have a signed cursor each',
      settings: roomyLimits,
      ...spokenTo('sse'),
    }),
  ];
}

const spokenTo = (dialect) => ({
  dialect,
  requests: [dialects[dialect].publishing('nobody', ['"tried"', '"out"'])],
});
