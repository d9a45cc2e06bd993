/** What the OpenAPI document has to say of single operations that neither their handlers nor their DTOs do. */

/** Operations that a client asks for another protocol for, a WebSocket's. */
export const WEB_SOCKETS = new Set(['messaging.socket.open']);

/** Operations that make what they name if nobody has used its name yet, or need not find it, besides every PUT. */
export const NEED_NOTHING_THERE = new Set([
  'leaderboards.submissions.create',
  'leaderboards.submissions.batch',
  'messaging.messages.publish',
  'messaging.messages.batch',
  'messaging.messages.list',
  'messaging.channels.get',
  'messaging.presence.list',
  'streams.entries.append',
  'streams.entries.batch',
  'locks.get',
  'locks.acquire',
  'locks.extend',
  'locks.release',
  'locks.permits.acquire',
  'locks.permits.extend',
  'locks.permits.release',
  'sessions.create',
  'sessions.current.rotate',
  'sessions.users.list',
]);

/** Operations that ask for what one client has at a time. */
export const ASK_TO_HOLD = new Set(['locks.acquire', 'locks.permits.acquire']);

/** Operations that end what may be over already, or cannot end now, besides each PUT and each POST that changes something. */
export const MAY_CONFLICT = new Set(['locks.release', 'locks.permits.release', 'jobs.cancel']);

/** Of operations that name what they are about neither in their path nor in their answer: what the permission has to extend to. */
export const EXTENTS = new Map([
  ['sessions.create', ' for the `userId`'],
  ['sessions.current.get', ' for the session’s user'],
  ['sessions.current.patch', ' for the session’s user'],
  ['sessions.current.rotate', ' for the session’s user'],
  ['sessions.current.delete', ' for the session’s user'],
  ['sessions.delete', ' for the session’s user'],
  ['locks.acquire', ' for each of the `resources`'],
  ['locks.extend', ' for each resource of the lock'],
  ['locks.release', ' for each resource of the lock'],
]);

/** Operations whose answer says which version of a thing it is. */
export const TAGGED = new Set([
  'sessions.create',
  'sessions.current.get',
  'sessions.current.patch',
  'sessions.current.rotate',
]);
