// Written by `npm run docs:sync` from docs/openapi.json. Do not edit.

export interface paths {
  '/health/live': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Whether the process runs
     * @description Permission: none, and no credential.
     */
    get: operations['health.live'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/health/ready': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Whether requests can be answered
     * @description Redis reachable, scripts loaded.
     *
     *     Permission: none, and no credential.
     */
    get: operations['health.ready'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/metrics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Metrics in the Prometheus text format; of all processes that share the port, added up
     * @description Permission: none, and no credential.
     */
    get: operations['metrics'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/api-keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * API keys in order of creation, without their secrets
     * @description Permission: `access:admin` without a limit to some names.
     *
     *     Message pattern: `access.keys.list`.
     */
    get: operations['access.keys.list'];
    put?: never;
    /**
     * Make an API key
     * @description Its secret is shown in this answer alone.
     *
     *     Permission: `access:admin` without a limit to some names.
     *
     *     Message pattern: `access.keys.create`.
     */
    post: operations['access.keys.create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/api-keys/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * One API key, without its secret
     * @description Permission: `access:admin` without a limit to some names.
     *
     *     Message pattern: `access.keys.get`.
     */
    get: operations['access.keys.get'];
    put?: never;
    post?: never;
    /**
     * Revoke an API key
     * @description Every node refuses it within one second.
     *
     *     Permission: `access:admin` without a limit to some names.
     *
     *     Message pattern: `access.keys.delete`.
     */
    delete: operations['access.keys.delete'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/api-keys/{id}/rotate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Give an API key a new secret; the old one works for `graceMs` more
     * @description Secrets of earlier rotations keep the time that they were given, the newest 8 of them; to end all of them at once, revoke the key.
     *
     *     Permission: `access:admin` without a limit to some names.
     *
     *     Message pattern: `access.keys.rotate`.
     */
    post: operations['access.keys.rotate'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/me': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Who the request's credential is
     * @description Permission: any valid credential.
     *
     *     Message pattern: `access.caller.get`.
     */
    get: operations['access.caller.get'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/leaderboards/{board}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * A leaderboard's settings, number of entries and season
     * @description Permission: `leaderboards:read` for the `board` of the path.
     *
     *     Message pattern: `leaderboards.boards.get`.
     */
    get: operations['leaderboards.boards.get'];
    /**
     * Make a leaderboard, or change the settings that are given; those left out stay
     * @description Permission: `leaderboards:admin` for the `board` of the path.
     *
     *     Message pattern: `leaderboards.boards.configure`.
     */
    put: operations['leaderboards.boards.configure'];
    post?: never;
    /**
     * Remove a leaderboard with all its seasons
     * @description Permission: `leaderboards:admin` for the `board` of the path.
     *
     *     Message pattern: `leaderboards.boards.delete`.
     */
    delete: operations['leaderboards.boards.delete'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/leaderboards': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The leaderboards of the caller's tenant that the caller may read, by name
     * @description Permission: `leaderboards:read`, and the answer holds only what it extends to.
     *
     *     Message pattern: `leaderboards.boards.list`.
     */
    get: operations['leaderboards.boards.list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/leaderboards/{board}/submissions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Submit a score
     * @description A leaderboard that nobody configured is made with the first one.
     *
     *     Permission: `leaderboards:write` for the `board` of the path.
     *
     *     Message pattern: `leaderboards.submissions.create`.
     */
    post: operations['leaderboards.submissions.create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/leaderboards/{board}/submissions/batch': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Submit up to 1000 scores, in order; a bad one is answered in its place and spoils no other
     * @description Permission: `leaderboards:write` for the `board` of the path.
     *
     *     Message pattern: `leaderboards.submissions.batch`.
     */
    post: operations['leaderboards.submissions.batch'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/leaderboards/{board}/entries': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Entries from the top
     * @description `next` marks a place between two scores: an entry that stays on its side of that place is on exactly one of the pages, whatever happens on the other side.
     *
     *     Permission: `leaderboards:read` for the `board` of the path.
     *
     *     Message pattern: `leaderboards.entries.list`.
     */
    get: operations['leaderboards.entries.list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/leaderboards/{board}/entries/{member}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * A member's entry
     * @description Permission: `leaderboards:read` for the `board` of the path.
     *
     *     Message pattern: `leaderboards.entries.get`.
     */
    get: operations['leaderboards.entries.get'];
    put?: never;
    post?: never;
    /**
     * Take a member off the live season, or off every season
     * @description Permission: `leaderboards:write` for the `board` of the path.
     *
     *     Message pattern: `leaderboards.entries.delete`.
     */
    delete: operations['leaderboards.entries.delete'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/leaderboards/{board}/entries/{member}/around': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The entries about a member, who is in the middle where the edges of the board allow
     * @description Permission: `leaderboards:read` for the `board` of the path.
     *
     *     Message pattern: `leaderboards.entries.around`.
     */
    get: operations['leaderboards.entries.around'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/leaderboards/{board}/entries/lookup': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * The entries of up to 1000 members, ranked on the whole board
     * @description Permission: `leaderboards:read` for the `board` of the path.
     *
     *     Message pattern: `leaderboards.entries.lookup`.
     */
    post: operations['leaderboards.entries.lookup'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/leaderboards/{board}/seasons': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Closed seasons, newest first
     * @description Permission: `leaderboards:read` for the `board` of the path.
     *
     *     Message pattern: `leaderboards.seasons.list`.
     */
    get: operations['leaderboards.seasons.list'];
    put?: never;
    /**
     * End the season now and begin the next
     * @description Permission: `leaderboards:admin` for the `board` of the path.
     *
     *     Message pattern: `leaderboards.seasons.close`.
     */
    post: operations['leaderboards.seasons.close'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/leaderboards/{board}/seasons/{season}/entries': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Entries of a closed season, from the top
     * @description Permission: `leaderboards:read` for the `board` of the path.
     *
     *     Message pattern: `leaderboards.seasons.entries.list`.
     */
    get: operations['leaderboards.seasons.entries.list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/leaderboards/{board}/seasons/{season}/entries/{member}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * A member's entry in a closed season
     * @description Permission: `leaderboards:read` for the `board` of the path.
     *
     *     Message pattern: `leaderboards.seasons.entries.get`.
     */
    get: operations['leaderboards.seasons.entries.get'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/leaderboards/{board}/live': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Server-sent events
     * @description `snapshot` with the first entries as they stand, then `change` with all of them again at each change, at most 10 a second; `end` before the service or a revoked credential closes the stream.
     *
     *     Permission: `leaderboards:read` for the `board` of the path.
     */
    get: operations['leaderboards.live.watch'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/locks': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What is locked or waited for, by name
     * @description Of that what the caller may read.
     *
     *     Permission: `locking:read`, and the answer holds only what it extends to.
     *
     *     Message pattern: `locks.list`.
     */
    get: operations['locks.list'];
    put?: never;
    /**
     * Lock resources, all of them or none, for a time
     * @description Who waits gets it in the order of arrival, and is woken by the release. If it does not come free in time: 423 with who holds it.
     *
     *     Permission: `locking:write` for each of the `resources`.
     *
     *     Message pattern: `locks.acquire`.
     */
    post: operations['locks.acquire'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/locks/{lockId}/extend': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Give a lock `ttlMs` from now on
     * @description Permission: `locking:write` for each resource of the lock.
     *
     *     Message pattern: `locks.extend`.
     */
    post: operations['locks.extend'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/locks/{lockId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /**
     * Release a lock
     * @description Permission: `locking:write` for each resource of the lock.
     *
     *     Message pattern: `locks.release`.
     */
    delete: operations['locks.release'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/locks/resources/{resource}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Who has a resource, since when and until when, and who waits for it
     * @description Permission: `locking:read` for the `resource` of the path.
     *
     *     Message pattern: `locks.get`.
     */
    get: operations['locks.get'];
    put?: never;
    post?: never;
    /**
     * Break the lock of a resource, with all the resources that it has
     * @description Whoever had it keeps an older fencing token.
     *
     *     Permission: `locking:admin` for the `resource` of the path.
     *
     *     Message pattern: `locks.break`.
     */
    delete: operations['locks.break'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/semaphores/{resource}/permits': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Take a permit of a semaphore, of which at most `permits` are held at a time
     * @description Who waits gets one in the order of arrival. If none comes free in time: 423 with who holds them.
     *
     *     Permission: `locking:write` for the `resource` of the path.
     *
     *     Message pattern: `locks.permits.acquire`.
     */
    post: operations['locks.permits.acquire'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/semaphores/{resource}/permits/{permitId}/extend': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Give a permit `ttlMs` from now on
     * @description Permission: `locking:write` for the `resource` of the path.
     *
     *     Message pattern: `locks.permits.extend`.
     */
    post: operations['locks.permits.extend'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/semaphores/{resource}/permits/{permitId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /**
     * Give a permit back
     * @description Permission: `locking:write` for the `resource` of the path.
     *
     *     Message pattern: `locks.permits.release`.
     */
    delete: operations['locks.permits.release'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/channels/{channel}/messages': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Messages that are kept
     * @description Permission: `messaging:read` for the `channel` of the path.
     *
     *     Message pattern: `messaging.messages.list`.
     */
    get: operations['messaging.messages.list'];
    put?: never;
    /**
     * Publish a message
     * @description Permission: `messaging:write` for the `channel` of the path.
     *
     *     Message pattern: `messaging.messages.publish`.
     */
    post: operations['messaging.messages.publish'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/messages/batch': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Publish messages to any number of channels; those of one channel in the order of the request
     * @description Permission: `messaging:write`, and the answer holds only what it extends to.
     *
     *     Message pattern: `messaging.messages.batch`.
     */
    post: operations['messaging.messages.batch'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/channels': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Channels with subscribers or kept messages, by name
     * @description Permission: `messaging:read`, and the answer holds only what it extends to.
     *
     *     Message pattern: `messaging.channels.list`.
     */
    get: operations['messaging.channels.list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/channels/{channel}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Settings of a channel; a channel that nobody configured has the defaults
     * @description Permission: `messaging:read` for the `channel` of the path.
     *
     *     Message pattern: `messaging.channels.get`.
     */
    get: operations['messaging.channels.get'];
    /**
     * Change the settings that are given; those left out stay
     * @description Permission: `messaging:admin` for the `channel` of the path.
     *
     *     Message pattern: `messaging.channels.configure`.
     */
    put: operations['messaging.channels.configure'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/channels/{channel}/presence': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Who is subscribed to the channel by its name, on all nodes
     * @description Permission: `messaging:read` for the `channel` of the path.
     *
     *     Message pattern: `messaging.presence.list`.
     */
    get: operations['messaging.presence.list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Server-sent events of many channels
     * @description `message` as in the history, `gap` where messages are kept no longer, `end` before the service closes the stream, and a comment every 15 s. An event's id is the place in all channels: a client that comes back with it as `Last-Event-ID` gets what it missed, in order and without a duplicate.
     *
     *     Permission: `messaging:read`, and the answer holds only what it extends to.
     */
    get: operations['messaging.events.open'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/socket': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * A WebSocket for subscribing and publishing
     * @description JSON frames as docs/live.md has them.
     *
     *     Permission: any valid credential.
     */
    get: operations['messaging.socket.open'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/streams/{stream}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * A stream's settings, length, first and last id, and consumer groups
     * @description Permission: `streams:read` for the `stream` of the path.
     *
     *     Message pattern: `streams.streams.get`.
     */
    get: operations['streams.streams.get'];
    /**
     * Make a stream, or change the settings that are given; those left out stay
     * @description Permission: `streams:admin` for the `stream` of the path.
     *
     *     Message pattern: `streams.streams.configure`.
     */
    put: operations['streams.streams.configure'];
    post?: never;
    /**
     * Remove a stream with its consumer groups
     * @description Effects that were committed still take place.
     *
     *     Permission: `streams:admin` for the `stream` of the path.
     *
     *     Message pattern: `streams.streams.delete`.
     */
    delete: operations['streams.streams.delete'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/streams': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The streams of the caller's tenant that the caller may read, by name
     * @description Permission: `streams:read`, and the answer holds only what it extends to.
     *
     *     Message pattern: `streams.streams.list`.
     */
    get: operations['streams.streams.list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/streams/{stream}/entries': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Entries between two ids, both included
     * @description Permission: `streams:read` for the `stream` of the path.
     *
     *     Message pattern: `streams.entries.list`.
     */
    get: operations['streams.entries.list'];
    put?: never;
    /**
     * Append an entry
     * @description A stream that nobody configured is made with the first one.
     *
     *     Permission: `streams:write` for the `stream` of the path.
     *
     *     Message pattern: `streams.entries.append`.
     */
    post: operations['streams.entries.append'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/streams/{stream}/entries/batch': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Append up to 1000 entries, in order
     * @description All of them or none.
     *
     *     Permission: `streams:write` for the `stream` of the path.
     *
     *     Message pattern: `streams.entries.batch`.
     */
    post: operations['streams.entries.batch'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/streams/{stream}/entries/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * An entry
     * @description Permission: `streams:read` for the `stream` of the path.
     *
     *     Message pattern: `streams.entries.get`.
     */
    get: operations['streams.entries.get'];
    put?: never;
    post?: never;
    /**
     * Delete an entry
     * @description A group that has it pending gives it up when it comes due.
     *
     *     Permission: `streams:admin` for the `stream` of the path.
     *
     *     Message pattern: `streams.entries.delete`.
     */
    delete: operations['streams.entries.delete'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/streams/{stream}/tail': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Server-sent events
     * @description Each entry once, in order, as an event of the default type whose `id` is the entry's. A client that comes back with `Last-Event-ID`, as an EventSource does by itself, gets what it missed, unless retention has taken it.
     *
     *     Permission: `streams:read` for the `stream` of the path.
     */
    get: operations['streams.entries.tail'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/streams/{stream}/groups/{group}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * A consumer group's settings, lag, pending entries and consumers
     * @description Permission: `streams:read` for the `stream` of the path.
     *
     *     Message pattern: `streams.groups.get`.
     */
    get: operations['streams.groups.get'];
    /**
     * Make a consumer group, and its stream if there is none, or change the settings that are given
     * @description Permission: `streams:consume` for the `stream` of the path.
     *
     *     Message pattern: `streams.groups.configure`.
     */
    put: operations['streams.groups.configure'];
    post?: never;
    /**
     * Remove a consumer group with its dead letters
     * @description Effects that were committed still take place.
     *
     *     Permission: `streams:consume` for the `stream` of the path.
     *
     *     Message pattern: `streams.groups.delete`.
     */
    delete: operations['streams.groups.delete'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/streams/{stream}/groups/{group}/receive': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Receive entries
     * @description What others left first, then new ones; waits up to `waitMs` if there is none.
     *
     *     Permission: `streams:consume` for the `stream` of the path.
     *
     *     Message pattern: `streams.groups.receive`.
     */
    post: operations['streams.groups.receive'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/streams/{stream}/groups/{group}/ack': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Acknowledge entries
     * @description They are done, and nobody in the group gets them again.
     *
     *     Permission: `streams:consume` for the `stream` of the path.
     *
     *     Message pattern: `streams.groups.ack`.
     */
    post: operations['streams.groups.ack'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/streams/{stream}/groups/{group}/nack': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Give entries back, to be delivered again now or after `delayMs`; after the last delivery they become dead letters
     * @description Permission: `streams:consume` for the `stream` of the path.
     *
     *     Message pattern: `streams.groups.nack`.
     */
    post: operations['streams.groups.nack'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/streams/{stream}/groups/{group}/extend': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Take the visibility timeout once more for entries that are still being worked on
     * @description Permission: `streams:consume` for the `stream` of the path.
     *
     *     Message pattern: `streams.groups.extend`.
     */
    post: operations['streams.groups.extend'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/streams/{stream}/groups/{group}/commit': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Acknowledge entries and bring about their effects
     * @description Each takes place, once, if and only if its acknowledgement does. The effects of an item take place in order. One that can never take place, such as a sum out of range, leaves its entry as a dead letter with the code as its reason.
     *
     *     Permission: `streams:consume` for the `stream` of the path.
     *
     *     Message pattern: `streams.groups.commit`.
     */
    post: operations['streams.groups.commit'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/streams/{stream}/groups/{group}/seek': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Move a consumer group
     * @description What it had pending is so no longer, but for dead letters that were put back.
     *
     *     Permission: `streams:consume` for the `stream` of the path.
     *
     *     Message pattern: `streams.groups.seek`.
     */
    post: operations['streams.groups.seek'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/streams/{stream}/groups/{group}/dead-letters': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Entries that the group has given up, oldest first, with the reasons
     * @description Permission: `streams:read` for the `stream` of the path.
     *
     *     Message pattern: `streams.dead-letters.list`.
     */
    get: operations['streams.dead-letters.list'];
    put?: never;
    post?: never;
    /**
     * Forget all dead letters of a consumer group
     * @description Permission: `streams:consume` for the `stream` of the path.
     *
     *     Message pattern: `streams.dead-letters.delete`.
     */
    delete: operations['streams.dead-letters.delete'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/streams/{stream}/groups/{group}/dead-letters/replay': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Put dead letters back, to be delivered as if for the first time
     * @description All together, or none.
     *
     *     Permission: `streams:consume` for the `stream` of the path.
     *
     *     Message pattern: `streams.dead-letters.replay`.
     */
    post: operations['streams.dead-letters.replay'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/pipeline/payloads': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Process a payload; the same `id` again gives the same answer and is processed once
     * @description With `Prefer: respond-async` it is queued for a worker instead. A payload has at most 64 KiB as JSON.
     *
     *     Permission: `pipeline:write` without a limit to some names.
     *
     *     Message pattern: `pipeline.payloads.process`.
     */
    post: operations['pipeline.payloads.process'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/pipeline/queue': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Queue a payload for a worker
     * @description The same as to process one with the preference `respond-async`.
     *
     *     Permission: `pipeline:write` without a limit to some names.
     *
     *     Message pattern: `pipeline.payloads.queue`.
     */
    post: operations['pipeline.payloads.queue'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/pipeline/payloads/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What became of a payload
     * @description Permission: `pipeline:read` without a limit to some names.
     *
     *     Message pattern: `pipeline.payloads.get`.
     */
    get: operations['pipeline.payloads.get'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/pipeline': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Whether the processor is active, and how many payloads it has and had
     * @description Permission: `pipeline:read` without a limit to some names.
     *
     *     Message pattern: `pipeline.processor.get`.
     */
    get: operations['pipeline.processor.get'];
    /**
     * Activate or deactivate the processor
     * @description Payloads are refused, and those that are queued wait.
     *
     *     Permission: `pipeline:admin` without a limit to some names.
     *
     *     Message pattern: `pipeline.processor.configure`.
     */
    put: operations['pipeline.processor.configure'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/jobs': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The tenant's jobs
     * @description Of one state, or of all, one after the other. Those that wait come in the order in which they are taken, those for later by their time, and those that ended from the last one on. The cursor of a page of jobs that wait or run is stale once all jobs around its end have left: begin again.
     *
     *     Permission: `jobs:read` without a limit to some names.
     *
     *     Message pattern: `jobs.list`.
     */
    get: operations['jobs.list'];
    put?: never;
    /**
     * Create a job, which a worker does as soon as it can, later, or again and again
     * @description Its effect takes place once, however often it is run; of an `http.request` that holds only for a receiver that looks at the `Idempotency-Key` it is sent with.
     *
     *     Permission: `jobs:write` without a limit to some names.
     *
     *     Message pattern: `jobs.create`.
     */
    post: operations['jobs.create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/jobs/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * A job
     * @description One that ended is known for a while, which the service's settings say.
     *
     *     Permission: `jobs:read` without a limit to some names.
     *
     *     Message pattern: `jobs.get`.
     */
    get: operations['jobs.get'];
    put?: never;
    post?: never;
    /**
     * Remove a job that does not run, or end a schedule
     * @description A run of it that has begun goes on.
     *
     *     Permission: `jobs:write` without a limit to some names.
     *
     *     Message pattern: `jobs.cancel`.
     */
    delete: operations['jobs.cancel'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/jobs/{id}/retry': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Have a failed job tried again, all its attempts from the first
     * @description Permission: `jobs:write` without a limit to some names.
     *
     *     Message pattern: `jobs.retry`.
     */
    post: operations['jobs.retry'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/rate-limits/{policy}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * A policy
     * @description Permission: `rate-limits:read` for the `policy` of the path.
     *
     *     Message pattern: `rate-limits.policies.get`.
     */
    get: operations['rate-limits.policies.get'];
    /**
     * Make or replace a policy
     * @description A new refill rate begins with full buckets.
     *
     *     Permission: `rate-limits:admin` for the `policy` of the path.
     *
     *     Message pattern: `rate-limits.policies.put`.
     */
    put: operations['rate-limits.policies.put'];
    post?: never;
    /**
     * Forget a policy
     * @description Permission: `rate-limits:admin` for the `policy` of the path.
     *
     *     Message pattern: `rate-limits.policies.delete`.
     */
    delete: operations['rate-limits.policies.delete'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/rate-limits': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The policies of the caller's tenant that the caller may read, by name
     * @description Permission: `rate-limits:read`, and the answer holds only what it extends to.
     *
     *     Message pattern: `rate-limits.policies.list`.
     */
    get: operations['rate-limits.policies.list'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/rate-limits/{policy}/consume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Take tokens from a bucket if it holds them
     * @description A refusal is an answer, not an error: 200 with `allowed: false`. While Redis is away the policy's `onOutage` decides; an API key counts then if it was found valid here within the last minute.
     *
     *     Permission: `rate-limits:write` for the `policy` of the path.
     *
     *     Message pattern: `rate-limits.buckets.consume`.
     */
    post: operations['rate-limits.buckets.consume'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/rate-limits/consume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Take tokens from up to 8 buckets, from all of them or from none
     * @description While Redis is away the strictest `onOutage` decides; an API key counts then if it was found valid here within the last minute.
     *
     *     Permission: `rate-limits:write`, and the answer holds only what it extends to.
     *
     *     Message pattern: `rate-limits.buckets.consume-all`.
     */
    post: operations['rate-limits.buckets.consume-all'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/sessions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Begin a session of a user
     * @description Its token is shown here alone. A user who has SESSION_MAX_PER_USER sessions loses the oldest, or is refused (SESSION_ON_MAX).
     *
     *     Permission: `sessions:write` for the `userId`.
     *
     *     Message pattern: `sessions.create`.
     */
    post: operations['sessions.create'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/sessions/current': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The session of the token, which counts as used now
     * @description 401 `sessions.invalid-token` once it has ended.
     *
     *     Permission: `sessions:read` for the session’s user.
     *
     *     Message pattern: `sessions.current.get`.
     */
    get: operations['sessions.current.get'];
    put?: never;
    post?: never;
    /**
     * End the session of the token
     * @description Log out. No request in flight brings it back.
     *
     *     Permission: `sessions:write` for the session’s user.
     *
     *     Message pattern: `sessions.current.delete`.
     */
    delete: operations['sessions.current.delete'];
    options?: never;
    head?: never;
    /**
     * Change the session’s data by a merge patch (RFC 7396)
     * @description Nothing is lost of patches at the same time. The body is a patch of the session, in which `data` alone can be changed: `{"data": {…}}`; an object without `data` is a patch of the data itself.
     *
     *     Permission: `sessions:write` for the session’s user.
     *
     *     Message pattern: `sessions.current.patch`.
     */
    patch: operations['sessions.current.patch'];
    trace?: never;
  };
  '/v1/sessions/current/rotate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Give the session a new token, after a login or a change of rights, say
     * @description The one before counts for a few seconds more, or until the token is changed again.
     *
     *     Permission: `sessions:write` for the session’s user.
     *
     *     Message pattern: `sessions.current.rotate`.
     */
    post: operations['sessions.current.rotate'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/sessions/{sessionId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    /**
     * End a session by its id
     * @description 404 for one that has ended, or never was.
     *
     *     Permission: `sessions:write` for the session’s user.
     *
     *     Message pattern: `sessions.delete`.
     */
    delete: operations['sessions.delete'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/users/{userId}/sessions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * A user’s sessions, the newest first
     * @description From which device, since when, when they were last used; not their data.
     *
     *     Permission: `sessions:read` for the `userId` of the path.
     *
     *     Message pattern: `sessions.users.list`.
     */
    get: operations['sessions.users.list'];
    put?: never;
    post?: never;
    /**
     * Log a user out everywhere, or everywhere but in the session `except`
     * @description 404, and nothing ends, if that is somebody else’s.
     *
     *     Permission: `sessions:write` for the `userId` of the path.
     *
     *     Message pattern: `sessions.users.delete`.
     */
    delete: operations['sessions.users.delete'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    CreateApiKeyBody: {
      /** @description What the key is for. */
      name: string;
      /** @description Names of roles: reader, writer, worker, admin, or one of the setting ROLES. */
      roles: string[];
      /** @description Permissions besides those of the roles: `<feature>:<action>` or `<feature>:<action>:<glob>`. */
      permissions?: string[];
      /** @description Tenant of the key; the caller's own if left out. Another one takes an admin of the tenant `default`. */
      tenant?: string;
      /**
       * Format: date-time
       * @description When the key stops working; never, if left out.
       */
      expiresAt?: string;
    };
    CreatedApiKey: {
      /** Format: date-time */
      createdAt: string;
      /**
       * Format: date-time
       * @description When the key stops working; null for never.
       */
      expiresAt: string | null;
      /** @description The whole API key, `fk_<id>_<secret>`, to be sent as a Bearer token; shown here alone. */
      secret: string;
      id: string;
      name: string;
      tenant: string;
      roles: string[];
      permissions: string[];
    };
    ApiKeyView: {
      /** Format: date-time */
      createdAt: string;
      /**
       * Format: date-time
       * @description When the key stops working; null for never.
       */
      expiresAt: string | null;
      id: string;
      name: string;
      tenant: string;
      roles: string[];
      permissions: string[];
    };
    ApiKeyPage: {
      items: components['schemas']['ApiKeyView'][];
      /** @description Cursor of the next page; null at the end. */
      next: string | null;
    };
    RotateApiKeyBody: {
      /**
       * @description How long the old secret still works, in ms.
       * @default 0
       */
      graceMs?: number;
    };
    CallerView: {
      /** @enum {string} */
      kind: 'api-key' | 'jwt' | 'in-process';
      id: string;
      tenant: string;
      roles: string[];
      /** @description Every permission that the credential has, those of its roles included. */
      permissions: string[];
    };
    ResetSchedule: {
      /** @description Cron expression of five fields, or six with seconds in front: minute, hour, day of the month, month, day of the week. */
      cron: string;
      /** @description IANA name; UTC if left out. */
      timeZone?: string;
    };
    ConfigureBoardBody: {
      /** @description How many closed seasons are kept; 10 if never set. */
      keepSeasons?: number;
      /** @description Only the best so many entries are kept; null for all. */
      capacity?: number | null;
      /**
       * @description Whether the highest or the lowest score stands first. Fixed while the board has entries.
       * @enum {string}
       */
      order?: 'descending' | 'ascending';
      /**
       * @description What a submission does to a score: replace it, replace it if better, or add to it.
       * @enum {string}
       */
      operator?: 'set' | 'best' | 'increment';
      /**
       * @description Which of equal scores stands first: the one reached first, or by bytes of the member. Fixed while the board has entries.
       * @enum {string}
       */
      ties?: 'arrival' | 'member';
      /** @description Whether the board keeps what dense ranks need. */
      denseRanks?: boolean;
      /** @description When seasons end by themselves; null for never. */
      reset?: components['schemas']['ResetSchedule'] | null;
    };
    BoardReset: {
      /** @description Cron expression of five or six fields. */
      cron: string;
      /** @description IANA name of the time zone in which the expression holds. */
      timeZone: string;
    };
    SeasonState: {
      /** Format: date-time */
      startedAt: string;
      /**
       * Format: date-time
       * @description When the season ends by itself; null if never.
       */
      endsAt: string | null;
      /** @description Number of the season as text, from 1. */
      id: string;
    };
    BoardView: {
      keepSeasons: number;
      /** @description Only the best so many entries are kept; null for all. */
      capacity: number | null;
      /** @description Entries of the live season. */
      total: number;
      board: string;
      /** @enum {string} */
      order: 'descending' | 'ascending';
      /** @enum {string} */
      operator: 'set' | 'best' | 'increment';
      /** @enum {string} */
      ties: 'arrival' | 'member';
      denseRanks: boolean;
      /** @description When seasons end by themselves; null for never. */
      reset: components['schemas']['BoardReset'] | null;
      season: components['schemas']['SeasonState'];
    };
    BoardPage: {
      items: components['schemas']['BoardView'][];
      /** @description Cursor of the next page; null at the end. */
      next: string | null;
    };
    SubmissionBody: {
      /** @description Who or what is ranked: 1 to 256 bytes of UTF-8. */
      member: string;
      /** @description The score, or with the operator `increment` what is added to it. */
      score: number;
      /**
       * @description Takes the place of the board's operator for this submission.
       * @enum {string}
       */
      operator?: 'set' | 'best' | 'increment';
      /** @description A JSON object of at most 64 KiB that is shown with the entry; the one before stays if left out. */
      metadata?: {
        [key: string]: unknown;
      };
    };
    SubmissionAnswer: {
      /** @description Ordinal rank from 1; null if the entry did not fit into the board's capacity. */
      rank: number | null;
      previousRank: number | null;
      member: string;
      /** @description The score as it stands now; the submitted one if the entry did not fit into the capacity. */
      score: number;
      previousScore: number | null;
      /** @description Whether the entry is new or its score another. */
      changed: boolean;
    };
    SubmissionBatchBody: {
      /** @description 1 to 1000 submissions, each `{member, score, operator?, metadata?}`; a bad one is answered in its place. */
      submissions: components['schemas']['SubmissionBody'][];
    };
    BadField: {
      /** @description JSON pointer (RFC 6901) into the submission. */
      pointer: string;
      detail: string;
    };
    BatchResult: {
      /** @description 200, or the status that the submission alone would have had. */
      status: number;
      rank?: number | null;
      previousRank?: number | null;
      member?: string;
      score?: number;
      previousScore?: number | null;
      changed?: boolean;
      /** @description Of a refused submission: what a problem document says. */
      code?: string;
      detail?: string;
      /** @description The first ten bad fields. */
      errors?: components['schemas']['BadField'][];
    };
    BatchAnswer: {
      /** @description One result a submission, in the order of the request. */
      results: components['schemas']['BatchResult'][];
    };
    EntryRow: {
      rank: number;
      member: string;
      score: number;
      metadata?: {
        [key: string]: unknown;
      };
    };
    EntryPage: {
      /** @description Entries on the whole board. */
      total: number;
      items: components['schemas']['EntryRow'][];
      /** @description Cursor of the next page; null at the end. */
      next: string | null;
    };
    EntryView: {
      rank: number;
      /** @description Percentage of the entries whose score is the same or worse: 100 for the best. */
      percentile: number;
      /**
       * Format: date-time
       * @description When the member reached this score; null on boards with ties by member, which keep no arrivals.
       */
      updatedAt: string | null;
      member: string;
      score: number;
      metadata: {
        [key: string]: unknown;
      } | null;
    };
    EntryWindow: {
      total: number;
      items: components['schemas']['EntryRow'][];
    };
    LookupBody: {
      members: string[];
      /**
       * @description `ordinal`: 1 2 3 4; `competition`: 1 2 2 4; `dense`: 1 2 2 3 (boards with `denseRanks`).
       * @enum {string}
       */
      ranking?: 'ordinal' | 'competition' | 'dense';
    };
    LookupAnswer: {
      /** @description The entries found, by rank. */
      items: components['schemas']['EntryRow'][];
      /** @description Members without an entry. */
      missing: string[];
    };
    NoBody: Record<string, never>;
    SeasonView: {
      /** Format: date-time */
      startedAt: string;
      /** Format: date-time */
      endedAt: string;
      /** @description Entries that the season closed with, less those deleted since. */
      total: number;
      id: string;
    };
    SeasonPage: {
      items: components['schemas']['SeasonView'][];
      /** @description Cursor of the next page; null at the end. */
      next: string | null;
    };
    AcquireLockBody: {
      /** @description How long it lasts unless it is extended, in ms. */
      ttlMs: number;
      /**
       * @description How long to wait for it, in ms, in the order of those who came; 0 if left out.
       * @default 0
       */
      waitMs?: number;
      /** @description Who that is, for those who look at what is held. */
      owner?: string;
      /** @description Names of what is locked, 1 to 16: all of them or none. */
      resources: string[];
      /** @description Shown to those who look at what is held. */
      metadata?: {
        [key: string]: unknown;
      };
    };
    LockAnswer: {
      /** @description Higher than every earlier one of each of the resources. */
      fencingToken: number;
      /**
       * Format: date-time
       * @description Until then nobody else can have it.
       */
      expiresAt: string;
      ttlMs: number;
      /** @description Whoever knows it can extend and release the lock. */
      lockId: string;
      resources: string[];
    };
    ExtendLockBody: {
      /** @description How long it lasts from now on, in ms. */
      ttlMs: number;
    };
    WaiterView: {
      /** Format: date-time */
      waitingSince: string;
      owner: string | null;
    };
    ResourceView: {
      fencingToken: number | null;
      /** Format: date-time */
      acquiredAt: string | null;
      /** Format: date-time */
      expiresAt: string | null;
      /** @description How many wait for it. */
      waiting: number;
      resource: string;
      /** @description Whether a majority of the lock servers says that somebody has it. */
      held: boolean;
      /** @description Who has it, if they said so. */
      owner: string | null;
      metadata: {
        [key: string]: unknown;
      } | null;
      /** @description The first hundred of them, in the order in which they are served. */
      waiters: components['schemas']['WaiterView'][];
    };
    ResourcePage: {
      items: components['schemas']['ResourceView'][];
      /** @description Cursor of the next page; null at the end. */
      next: string | null;
    };
    AcquirePermitBody: {
      /** @description How long it lasts unless it is extended, in ms. */
      ttlMs: number;
      /**
       * @description How long to wait for it, in ms, in the order of those who came; 0 if left out.
       * @default 0
       */
      waitMs?: number;
      /** @description Who that is, for those who look at what is held. */
      owner?: string;
      /** @description How many may hold a permit of the semaphore at a time, this one included. */
      permits: number;
    };
    PermitAnswer: {
      permits: number;
      /**
       * Format: date-time
       * @description Until then it counts.
       */
      expiresAt: string;
      ttlMs: number;
      /** @description Whoever knows it can extend and release the permit. */
      permitId: string;
      resource: string;
    };
    ExtendPermitAnswer: {
      /** Format: date-time */
      expiresAt: string;
      ttlMs: number;
      permitId: string;
      resource: string;
    };
    MessageBody: {
      /** @description Any JSON value of at most 64 KiB. */
      data: unknown;
      /** @description What the message is about, at most 16; where slow consumers are conflated, the newest message of each tag counts. */
      tags?: string[];
    };
    PublishAnswer: {
      /** @description The message's position: epoch, offset and instant. Within an epoch offsets have no holes. */
      id: string;
      channel: string;
    };
    BatchedMessage: {
      /** @description Any JSON value of at most 64 KiB. */
      data: unknown;
      /** @description What the message is about, at most 16; where slow consumers are conflated, the newest message of each tag counts. */
      tags?: string[];
      /** @description Name of the channel. */
      channel: string;
    };
    PublishBatchBody: {
      /** @description 1 to 1000 messages, each `{channel, data, tags?}`; one that is refused does not spoil the others. */
      messages: components['schemas']['BatchedMessage'][];
    };
    BadMessageField: {
      /** @description JSON pointer (RFC 6901) into the message. */
      pointer: string;
      detail: string;
    };
    PublishResult: {
      /** @description 201, or the status that the message alone would have had. */
      status: number;
      id?: string;
      channel?: string;
      /** @description Of a refused message: what a problem document says. */
      code?: string;
      detail?: string;
      /** @description With status 503: whether this message may be sent again as it is. */
      retryable?: boolean;
      /** @description The first ten bad fields. */
      errors?: components['schemas']['BadMessageField'][];
    };
    PublishBatchAnswer: {
      /** @description One result a message, in the order of the request. */
      results: components['schemas']['PublishResult'][];
    };
    MessageView: {
      data: unknown;
      /** Format: date-time */
      publishedAt: string;
      channel: string;
      id: string;
      tags?: string[];
    };
    GapView: {
      channel: string;
      /** @description Id of the last message of which it is known that all before it was had; null if none is known. */
      from: string | null;
      /** @description Position of the last message that may be missing. */
      to: string;
    };
    HistoryPage: {
      /** @description Fewer than `limit` also if their data is more than 1 MiB together. */
      items: components['schemas']['MessageView'][];
      /** @description Cursor of the next page; null at the end. */
      next: string | null;
      /** @description What came after `since` and is kept no longer; null if nothing is missing. */
      gap: components['schemas']['GapView'] | null;
    };
    ActiveChannel: {
      /** @description Open subscriptions to the channel by name, on all nodes. */
      subscriptions: number;
      /** @description Messages that are kept. */
      messages: number;
      channel: string;
      /** @description Id of the last message; null if there was none in this epoch. */
      lastId: string | null;
    };
    ChannelPage: {
      items: components['schemas']['ActiveChannel'][];
      /** @description Cursor of the next page; null at the end. */
      next: string | null;
    };
    ChannelView: {
      /** @description How many messages are kept; 0 for none. */
      historySize: number;
      /** @description How long a message is kept, in ms. */
      historyTtlMs: number;
      /** @enum {string} */
      slowConsumer: 'disconnect' | 'drop-oldest' | 'conflate';
      channel: string;
    };
    ConfigureChannelBody: {
      /** @description How many messages are kept, 0 for none; null for the default, 1,000. */
      historySize?: number | null;
      /** @description How long a message is kept, in ms; null for the default, 600,000. */
      historyTtlMs?: number | null;
      /**
       * @description What a subscriber gets that reads too slowly, once 1 MiB waits for it: the end of its connection (`disconnect`; null for
       *     this default), the newest messages and a `gap` for the others (`drop-oldest`), or the newest message of each tag (`conflate`).
       * @enum {string|null}
       */
      slowConsumer?: 'disconnect' | 'drop-oldest' | 'conflate' | null;
    };
    PresentSubscriber: {
      /** @description Its open subscriptions to the channel. */
      subscriptions: number;
      /** @description Id of the API key, or `jwt:` and the token's subject. */
      actor: string;
    };
    PresencePage: {
      /** @description Open subscriptions to the channel by name, on all nodes. */
      subscriptions: number;
      /** @description Different credentials among them. */
      actors: number;
      channel: string;
      /** @description By actor. */
      items: components['schemas']['PresentSubscriber'][];
      /** @description Cursor of the next page; null at the end. */
      next: string | null;
    };
    ConfigureStreamBody: {
      /** @description Only the last so many entries are kept; null for all. */
      maxLength?: number | null;
      /** @description How long an entry is kept, in ms; null for ever. */
      maxAgeMs?: number | null;
      /**
       * @description A JSON Schema (2020-12, or draft-07 by `$schema`) that the data of what is appended from now on must match; null for none. A
       *     keyword or format that is not known is refused: it would check nothing.
       */
      schema?: {
        [key: string]: unknown;
      } | null;
    };
    GroupSummary: {
      /** @description Entries that the group has not been given yet. */
      lag: number;
      /** @description Entries that were delivered and not acknowledged. */
      pending: number;
      deadLetters: number;
      group: string;
    };
    StreamView: {
      /** @description Entries in the stream. */
      length: number;
      maxLength: number | null;
      maxAgeMs: number | null;
      /** Format: date-time */
      createdAt: string;
      stream: string;
      /** @description Id of the first entry; null if there is none. */
      firstId: string | null;
      /** @description Id of the last entry ever appended; null if there was none. */
      lastId: string | null;
      schema: {
        [key: string]: unknown;
      } | null;
      /** @description The consumer groups, by name. */
      groups: components['schemas']['GroupSummary'][];
    };
    StreamPage: {
      items: components['schemas']['StreamView'][];
      /** @description Cursor of the next page; null at the end. */
      next: string | null;
    };
    EntryBody: {
      /** @description Any JSON value of at most 64 KiB. */
      data: unknown;
      /** @description What the entry is about; it is handed on as it is. */
      key?: string;
    };
    AppendAnswer: {
      id: string;
    };
    AppendBatchBody: {
      /** @description 1 to 1000 entries, each `{data, key?}`. */
      entries: components['schemas']['EntryBody'][];
    };
    AppendBatchAnswer: {
      /** @description The ids, in the order of the request. */
      ids: string[];
    };
    StreamEntry: {
      data: unknown;
      /** Format: date-time */
      appendedAt: string;
      id: string;
      key?: string;
    };
    StreamEntryPage: {
      /** @description Fewer than `limit` also if their data is more than 1 MiB together. */
      items: components['schemas']['StreamEntry'][];
      /** @description Cursor of the next page; null at the end. */
      next: string | null;
    };
    ConfigureGroupBody: {
      /** @description Where a new group begins: with the first entry (`begin`, if left out), with what comes next (`now`), or with the entry of an id. A group that stands keeps its place. */
      startAt?: string;
      /** @description How often an entry is delivered before it becomes a dead letter; 5 if never set. */
      maxDeliveries?: number;
      /** @description How long a consumer has for an entry before others may take it, in ms; 30,000 if never set. */
      visibilityTimeoutMs?: number;
    };
    ConsumerView: {
      /** @description Time since it last asked for anything, in ms. */
      idleMs: number;
      /** @description Entries that it has. */
      pending: number;
      consumer: string;
    };
    GroupView: {
      /** @description Entries that the group has not been given yet. */
      lag: number;
      /** @description Entries that were delivered and not acknowledged. */
      pending: number;
      deadLetters: number;
      maxDeliveries: number;
      visibilityTimeoutMs: number;
      /** Format: date-time */
      createdAt: string;
      stream: string;
      /** @description The last 1000 to have asked, newest first. */
      consumers: components['schemas']['ConsumerView'][];
      group: string;
    };
    ReceiveBody: {
      /** @description Who asks; a process has a name of its own. */
      consumer: string;
      /**
       * @description Most entries that are wanted; 100 if left out.
       * @default 100
       */
      limit?: number;
      /**
       * @description How long to wait for an entry if there is none, in ms; 0 if left out.
       * @default 0
       */
      waitMs?: number;
    };
    Delivery: {
      data: unknown;
      /** @description Which delivery of the entry this is, from 1. */
      deliveries: number;
      /** Format: date-time */
      firstDeliveredAt: string;
      id: string;
      key?: string;
    };
    ReceiveAnswer: {
      /** @description Empty if nothing came in time; fewer than `limit` also if their data is more than 1 MiB together. */
      entries: components['schemas']['Delivery'][];
    };
    DeliveriesBody: {
      /** @description Who asks; a process has a name of its own. */
      consumer: string;
      /** @description 1 to 1000 ids. */
      ids: string[];
    };
    RefusedDelivery: {
      id: string;
      /** @description `not-pending`, `not-owner` (somebody else has it) or `expired`. */
      reason: string;
    };
    AcknowledgeAnswer: {
      /** @description How many were. */
      acknowledged: number;
      refused: components['schemas']['RefusedDelivery'][];
    };
    GiveBackBody: {
      /** @description Who asks; a process has a name of its own. */
      consumer: string;
      /** @description 1 to 1000 ids. */
      ids: string[];
      /**
       * @description How long nobody gets them, in ms; 0 if left out.
       * @default 0
       */
      delayMs?: number;
      /** @description Why; shown with the dead letter if this was the last delivery. */
      reason?: string;
    };
    GiveBackAnswer: {
      /** @description How many were. */
      returned: number;
      refused: components['schemas']['RefusedDelivery'][];
    };
    ExtendAnswer: {
      /** @description How many were. */
      extended: number;
      refused: components['schemas']['RefusedDelivery'][];
    };
    CommitItem: {
      id: string;
      /** @description Which delivery of the entry this is, as `receive` said. */
      deliveries: number;
      /**
       * @description What takes place if the acknowledgement does: at most 16, in order, each one of `{kind: 'leaderboards.submit', board, member,
       *     score, operator?, metadata?}`, `{kind: 'streams.append', stream, data, key?}`, `{kind: 'messaging.publish', channel, data, tags?}`,
       *     `{kind: 'pipeline.complete', id, result}`.
       */
      effects: {
        [key: string]: unknown;
      }[];
    };
    CommitBody: {
      /** @description Who asks; a process has a name of its own. */
      consumer: string;
      /** @description 1 to 100 entries, each `{id, deliveries, effects}`. */
      items: components['schemas']['CommitItem'][];
    };
    SeekBody: {
      /** @description `begin`, `now`, or the id of the next entry that the group gets. */
      to: string;
    };
    DeadLetterView: {
      /** @description Null, with the reason `trimmed`, if retention took the entry before it was given up. */
      data: unknown;
      deliveries: number;
      /** Format: date-time */
      deadAt: string;
      id: string;
      key?: string;
      /** @description `visibility-timeout`, `given-back`, `trimmed`, what the consumer gave, or the code of an effect that was refused. */
      reason: string;
    };
    DeadLetterPage: {
      /** @description Oldest first. */
      items: components['schemas']['DeadLetterView'][];
      /** @description Cursor of the next page; null at the end. */
      next: string | null;
    };
    ReplayBody: {
      /** @description Which dead letters; the oldest 1000 if left out. */
      ids?: string[];
    };
    RefusedReplay: {
      id: string;
      /** @description `no-dead-letter`, `trimmed` (there is no data) or `pending` (a consumer has the entry). */
      reason: string;
    };
    ReplayAnswer: {
      /** @description How many were put back. */
      replayed: number;
      refused: components['schemas']['RefusedReplay'][];
    };
    QueuedPayload: {
      id: string;
      /**
       * @description `processing` if somebody is at it already.
       * @enum {string}
       */
      status: 'queued' | 'processing';
    };
    PayloadState: {
      id: string;
      /** @enum {string} */
      status: 'queued' | 'processing' | 'processed' | 'failed';
      /** @description What a processed payload has become. */
      result?: {
        [key: string]: unknown;
      };
      /** @description Why a payload failed. */
      reason?: string;
    };
    ProcessorView: {
      queued: number;
      processing: number;
      /** @description In all, also those of which nothing is known any more. */
      processed: number;
      /** @description In all, less those that were given again. */
      failed: number;
      active: boolean;
    };
    ConfigureProcessorBody: {
      /** @description Whether payloads are processed; a deactivated processor answers 503, and workers wait. */
      active: boolean;
    };
    Backoff: {
      /**
       * @description `fixed`: always the same pause; `exponential`: twice the one before.
       * @enum {string}
       */
      type: 'fixed' | 'exponential';
      /** @description The first pause, in ms; none grows beyond a day. */
      delayMs: number;
    };
    CreateJobBody: {
      /**
       * @description What is done. It takes the permission of what it does, `http.request` takes `jobs:admin`.
       * @enum {string}
       */
      kind:
        'streams.append' | 'messaging.publish' | 'leaderboards.submit' | 'pipeline.process' | 'http.request';
      /**
       * @description What it is done with: `{stream, data, key?}`, `{channel, data, tags?}`, `{board, member, score, operator?, metadata?}`,
       *     a payload of the pipeline `{id, …}`, or `{url, method?, headers?, body?, timeoutMs?}`.
       */
      payload: {
        [key: string]: unknown;
      };
      /** @description How long from now it is to be done, in ms. Excludes `runAt` and `cron`. */
      delayMs?: number;
      /**
       * Format: date-time
       * @description When it is to be done, at most 400 days from now; one that is over is now. Excludes `delayMs` and `cron`.
       */
      runAt?: string;
      /**
       * @description When it is to be done again and again: a cron expression of five fields, or of six that begins with the second. Excludes
       *     `delayMs` and `runAt`.
       */
      cron?: string;
      /** @description IANA name of the time zone that `cron` is read in; UTC if left out. */
      timeZone?: string;
      /**
       * @description How often it is tried before it fails. That Redis was away, or a worker ended, counts for none.
       * @default 5
       */
      attempts?: number;
      /** @description Of jobs that wait, those without a priority come first, then those with the smallest. */
      priority?: number;
      /** @description Its id; made if left out. A job that has it already stays as it is, and no other is made. */
      jobId?: string;
      /** @description The pause before the second attempt and between further ones; exponential from one second if left out. */
      backoff?: components['schemas']['Backoff'];
    };
    JobAnswer: {
      id: string;
    };
    JobView: {
      /** @description Of a run of a schedule, `<id of the schedule>:<instant in ms>`. */
      id: string;
      /** @enum {string} */
      kind:
        'streams.append' | 'messaging.publish' | 'leaderboards.submit' | 'pipeline.process' | 'http.request';
      /** @description As it was given, with `[hidden]` for the values of headers. */
      payload: {
        [key: string]: unknown;
      };
      /**
       * @description `scheduled`: it has a cron expression, and is done again and again until it is cancelled.
       * @enum {string}
       */
      state: 'scheduled' | 'waiting' | 'delayed' | 'active' | 'completed' | 'failed';
      /** @description How often it was tried; of a schedule, how often its time has come. */
      attemptsMade: number;
      /** @description How often it is tried at most. */
      attempts: number;
      priority?: number;
      /** Format: date-time */
      createdAt: string;
      /**
       * Format: date-time
       * @description When it was put off to.
       */
      runAt?: string;
      /**
       * Format: date-time
       * @description When it is tried next, if that is known.
       */
      nextRunAt?: string;
      /**
       * Format: date-time
       * @description When it was done, or failed.
       */
      finishedAt?: string;
      /** @description What came of it, if that is small: the status of an `http.request`, what a payload of the pipeline has become. */
      result?: {
        [key: string]: unknown;
      };
      cron?: string;
      timeZone?: string;
      /** @description Why the last attempt failed. */
      failure?: string;
    };
    JobPage: {
      /** @description The cursor of the next page; null at the end. */
      next: string | null;
      items: components['schemas']['JobView'][];
    };
    PutPolicyBody: {
      /** @description Tokens that a bucket holds at the most: the largest burst. */
      capacity: number;
      /** @description Tokens that come back every `refillIntervalMs`, continuously. */
      refillTokens: number;
      /** @description Milliseconds. */
      refillIntervalMs: number;
      /**
       * @description What is answered while Redis is away: everything, nothing, or what this node's own buckets hold.
       * @enum {string}
       */
      onOutage?: 'allow' | 'deny' | 'local';
    };
    PolicyView: {
      capacity: number;
      refillTokens: number;
      refillIntervalMs: number;
      /** @enum {string} */
      onOutage: 'allow' | 'deny' | 'local';
      policy: string;
    };
    PolicyPage: {
      items: components['schemas']['PolicyView'][];
      /** @description Cursor of the next page; null at the end. */
      next: string | null;
    };
    ConsumeBody: {
      /** @description Whose bucket: 1 to 256 bytes of UTF-8. */
      key: string;
      /** @description Tokens to take; 1 if left out. */
      cost?: number;
      /** @description Answer without taking anything. */
      dryRun?: boolean;
    };
    ConsumeAnswer: {
      /** @description Whole tokens that are left. */
      remaining: number;
      /** @description The bucket's capacity. */
      limit: number;
      /** @description Until the same consumption would be allowed: 0 if it was, null if its cost exceeds the capacity. */
      retryAfterMs: number | null;
      /** @description Until the bucket is full again. */
      resetMs: number;
      allowed: boolean;
    };
    Check: {
      policy: string;
      key: string;
      cost?: number;
    };
    ConsumeAllBody: {
      /** @description 1 to 8 charges `{policy, key, cost?}`; all are made or none. */
      checks: components['schemas']['Check'][];
    };
    CheckAnswer: {
      /** @description Whole tokens that are left. */
      remaining: number;
      /** @description The bucket's capacity. */
      limit: number;
      /** @description Until the same consumption would be allowed: 0 if it was, null if its cost exceeds the capacity. */
      retryAfterMs: number | null;
      /** @description Until the bucket is full again. */
      resetMs: number;
      allowed: boolean;
      policy: string;
      key: string;
    };
    ConsumeAllAnswer: {
      /** @description The longest wait of the checks that were refused; null if one of them can never be allowed. */
      retryAfterMs: number | null;
      /** @description Whether all were charged; if not, none was. */
      allowed: boolean;
      /** @description One result a check, in their order; `allowed` says whether that bucket alone holds enough. */
      results: components['schemas']['CheckAnswer'][];
    };
    CreateSessionBody: {
      /** @description Whose session it is. */
      userId: string;
      /** @description What it is used from, for those who look at a user’s sessions: a text, or an object, of up to 2 KiB. */
      device?: string | Record<string, unknown>;
      /** @description How long it lasts without being used, in ms; SESSION_IDLE_TTL_MS if left out. */
      idleTtlMs?: number;
      /** @description How long it lasts at the most, in ms; if left out SESSION_ABSOLUTE_TTL_MS, or `idleTtlMs` if that is longer. */
      absoluteTtlMs?: number;
      /** @description What the application keeps in it; `{}` if left out. */
      data?: {
        [key: string]: unknown;
      };
    };
    SessionView: {
      /** @description As it was given with the session. */
      device: string | Record<string, unknown> | null;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      lastSeenAt: string;
      /**
       * Format: date-time
       * @description When it ends if nobody uses it.
       */
      idleExpiresAt: string;
      /**
       * Format: date-time
       * @description When it ends in any case.
       */
      absoluteExpiresAt: string;
      /** @description Higher after each change; the header ETag has it in quotation marks. */
      version: number;
      data: {
        [key: string]: unknown;
      };
      sessionId: string;
      userId: string;
    };
    TokenAnswer: {
      /** @description The session’s token, shown here alone. */
      token: string;
      session: components['schemas']['SessionView'];
    };
    SessionSummary: {
      /** @description As it was given with the session. */
      device: string | Record<string, unknown> | null;
      /** Format: date-time */
      createdAt: string;
      /** Format: date-time */
      lastSeenAt: string;
      /**
       * Format: date-time
       * @description When it ends if nobody uses it.
       */
      idleExpiresAt: string;
      /**
       * Format: date-time
       * @description When it ends in any case.
       */
      absoluteExpiresAt: string;
      sessionId: string;
      userId: string;
    };
    SessionPage: {
      items: components['schemas']['SessionSummary'][];
      /** @description Cursor of the next page; null at the end. */
      next: string | null;
    };
    /** @description An RFC 9457 problem document. Some codes have members of their own besides these. */
    Problem: {
      /**
       * Format: uri
       * @description `urn:fulcrum:problem:` and the code; with status 429 the registered type `quota-exceeded`.
       */
      type: string;
      /** @description What the code means, the same for every occurrence. */
      title: string;
      status: number;
      /** @description What is wrong with this request. */
      detail: string;
      /** @description Path of the request. */
      instance: string;
      /** @description `<feature>.<reason>`, stable; docs/errors.md lists them. */
      code: string;
      /** @description The request’s id, as in the log. */
      requestId: string;
      /** @description One for each bad field, of the first hundred. */
      errors?: {
        /** @description JSON pointer (RFC 6901) into path, query or body. */
        pointer: string;
        detail: string;
      }[];
      /** @description How long to wait before the next try, in ms. */
      retryAfterMs?: number;
      /** @description With status 503: whether the same request may be sent again as it is. */
      retryable?: boolean;
      /** @description With status 403: the permission that is missing. */
      permission?: string;
      /** @description With status 412: the resource of which a newer fencing token was seen. */
      resource?: string;
      /** @description With status 412: the version that the session has now. */
      version?: number;
      /** @description With status 423: who holds what was asked for; none if it is free, and others waited for it before. */
      holders?: {
        resource: string;
        /** @description As they said themselves. */
        owner: string | null;
        /** Format: date-time */
        expiresAt: string;
      }[];
      /** @description With status 429: the limits that are used up. */
      'violated-policies'?: ('address' | 'credential' | 'tenant')[];
    };
  };
  responses: {
    /** @description The body is not JSON, or the path is not percent-encoded UTF-8, or the handshake of a WebSocket is none. */
    BadRequest: {
      headers: {
        'X-Request-Id': components['headers']['RequestId'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description The credential is missing, unknown, expired or revoked; or the session token is (`code` begins with `sessions.`). */
    Unauthorized: {
      headers: {
        'X-Request-Id': components['headers']['RequestId'];
        'WWW-Authenticate'?: string;
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description The credential lacks the permission, which `permission` names; or the page that asks for a WebSocket is of another origin. */
    Forbidden: {
      headers: {
        'X-Request-Id': components['headers']['RequestId'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description What the request names does not exist. */
    NotFound: {
      headers: {
        'X-Request-Id': components['headers']['RequestId'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description The request contradicts the present state, which did not change. */
    Conflict: {
      headers: {
        'X-Request-Id': components['headers']['RequestId'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description What the request writes to has seen a newer fencing token of the resource that `Fence` names: the lock has been granted to somebody else since; or the session has another version than `If-Match` names. */
    PreconditionFailed: {
      headers: {
        'X-Request-Id': components['headers']['RequestId'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description The body is larger than 1 MiB. */
    ContentTooLarge: {
      headers: {
        'X-Request-Id': components['headers']['RequestId'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description The body is not `application/json` (or `application/merge-patch+json`) in UTF-8, or has a Content-Encoding. */
    UnsupportedMediaType: {
      headers: {
        'X-Request-Id': components['headers']['RequestId'];
        /** @description `identity` if a Content-Encoding is what was refused. */
        'Accept-Encoding'?: 'identity';
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description A field is invalid or unknown, which `errors` names; or the Idempotency-Key, the Fence or the Durability is invalid, or a write that takes no Fence has one. */
    UnprocessableContent: {
      headers: {
        'X-Request-Id': components['headers']['RequestId'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description Somebody else holds what was asked for, and `holders` names who; or others waited for it before. `retryAfterMs` says when it can come free. */
    Locked: {
      headers: {
        'X-Request-Id': components['headers']['RequestId'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description The request does not ask for a WebSocket of version 13. */
    UpgradeRequired: {
      headers: {
        'X-Request-Id': components['headers']['RequestId'];
        Upgrade?: 'websocket';
        'Sec-WebSocket-Version'?: '13';
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description One of the service’s own rate limits is used up, which `violated-policies` names; or too many live connections or subscriptions are open. */
    TooManyRequests: {
      headers: {
        'X-Request-Id': components['headers']['RequestId'];
        /** @description Seconds to wait. */
        'Retry-After'?: number;
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description Redis cannot be reached or did not confirm in time, or more is being received than there is room for; `retryable` says whether to send the same again. */
    ServiceUnavailable: {
      headers: {
        'X-Request-Id': components['headers']['RequestId'];
        /** @description Seconds to wait. */
        'Retry-After'?: number;
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
  };
  parameters: {
    /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
    RequestId: string;
    /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
    IdempotencyKey: string;
    /**
     * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
     * @example payment_processing:order_123=42
     */
    Fence: string;
    /**
     * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
     * @example replica=1
     */
    Durability: string;
  };
  requestBodies: never;
  headers: {
    /** @description The id that the request came with, or the one that was made for it. */
    RequestId: string;
    /** @description The service’s limits that were applied: quota `q` in a window of `w` seconds (IETF httpapi draft). */
    RateLimitPolicy: string;
    /** @description How those limits stand: `r` left, full again in `t` seconds. */
    RateLimit: string;
    /** @description Of a request that asked for it: `replica=<n>`, how many replicas have what it wrote; 0 if it cannot be known. */
    Durability: string;
    /** @description The version, for If-Match. */
    ETag: string;
    /** @description `true` if this is the answer that an earlier request with the same Idempotency-Key got. */
    IdempotencyReplayed: 'true';
  };
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  'health.live': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @constant */
            status: 'ok';
          };
        };
      };
    };
  };
  'health.ready': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @constant */
            status: 'ok';
            checks: {
              [key: string]: 'ok';
            };
          };
        };
      };
      503: components['responses']['ServiceUnavailable'];
    };
  };
  metrics: {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          [name: string]: unknown;
        };
        content: {
          'text/plain': string;
        };
      };
    };
  };
  'access.keys.list': {
    parameters: {
      query?: {
        /** @description How many keys; 100 if left out. */
        limit?: number;
        /** @description Tenant whose keys are listed; another than one's own takes an admin of the tenant `default`. */
        tenant?: string;
        /** @description `next` of the page before. */
        cursor?: string;
      };
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ApiKeyPage'];
        };
      };
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'access.keys.create': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateApiKeyBody'];
      };
    };
    responses: {
      /** @description The answer. */
      201: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CreatedApiKey'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'access.keys.get': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description The id in `fk_<id>_<secret>`. */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ApiKeyView'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'access.keys.delete': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description The id in `fk_<id>_<secret>`. */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'access.keys.rotate': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description The id in `fk_<id>_<secret>`. */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['RotateApiKeyBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CreatedApiKey'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      409: components['responses']['Conflict'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'access.caller.get': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['CallerView'];
        };
      };
      401: components['responses']['Unauthorized'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'leaderboards.boards.get': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description Name of the leaderboard. */
        board: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BoardView'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'leaderboards.boards.configure': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the leaderboard. */
        board: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['ConfigureBoardBody'];
      };
    };
    responses: {
      /** @description The board stood before. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BoardView'];
        };
      };
      /** @description The board is new. */
      201: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BoardView'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      412: components['responses']['PreconditionFailed'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'leaderboards.boards.delete': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the leaderboard. */
        board: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      412: components['responses']['PreconditionFailed'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'leaderboards.boards.list': {
    parameters: {
      query?: {
        /** @description How many items; 100 if left out. */
        limit?: number;
        /** @description `next` of the page before. */
        cursor?: string;
      };
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BoardPage'];
        };
      };
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'leaderboards.submissions.create': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the leaderboard. */
        board: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SubmissionBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SubmissionAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      412: components['responses']['PreconditionFailed'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'leaderboards.submissions.batch': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the leaderboard. */
        board: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SubmissionBatchBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['BatchAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      412: components['responses']['PreconditionFailed'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'leaderboards.entries.list': {
    parameters: {
      query?: {
        /** @description How many entries; 10 if left out. */
        limit?: number;
        /** @description `next` of the page before. */
        cursor?: string;
        /** @description `ordinal`: 1 2 3 4; `competition`: 1 2 2 4; `dense`: 1 2 2 3 (boards with `denseRanks`). */
        ranking?: 'ordinal' | 'competition' | 'dense';
      };
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description Name of the leaderboard. */
        board: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EntryPage'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'leaderboards.entries.get': {
    parameters: {
      query?: {
        /** @description `ordinal`: 1 2 3 4; `competition`: 1 2 2 4; `dense`: 1 2 2 3 (boards with `denseRanks`). */
        ranking?: 'ordinal' | 'competition' | 'dense';
      };
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description Name of the leaderboard. */
        board: string;
        /** @description The member, percent-encoded. */
        member: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EntryView'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'leaderboards.entries.delete': {
    parameters: {
      query?: {
        /** @description `live` takes the entry off the live season alone, `all` off every archived one too. */
        seasons?: 'live' | 'all';
      };
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the leaderboard. */
        board: string;
        /** @description The member, percent-encoded. */
        member: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      412: components['responses']['PreconditionFailed'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'leaderboards.entries.around': {
    parameters: {
      query?: {
        /** @description How many entries; 10 if left out. */
        limit?: number;
        /** @description `ordinal`: 1 2 3 4; `competition`: 1 2 2 4; `dense`: 1 2 2 3 (boards with `denseRanks`). */
        ranking?: 'ordinal' | 'competition' | 'dense';
      };
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description Name of the leaderboard. */
        board: string;
        /** @description The member, percent-encoded. */
        member: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EntryWindow'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'leaderboards.entries.lookup': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description Name of the leaderboard. */
        board: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['LookupBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['LookupAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'leaderboards.seasons.list': {
    parameters: {
      query?: {
        /** @description How many items; 100 if left out. */
        limit?: number;
        /** @description `next` of the page before. */
        cursor?: string;
      };
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description Name of the leaderboard. */
        board: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SeasonPage'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'leaderboards.seasons.close': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the leaderboard. */
        board: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['NoBody'];
      };
    };
    responses: {
      /** @description The answer. */
      201: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SeasonView'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      409: components['responses']['Conflict'];
      412: components['responses']['PreconditionFailed'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'leaderboards.seasons.entries.list': {
    parameters: {
      query?: {
        /** @description How many entries; 10 if left out. */
        limit?: number;
        /** @description `next` of the page before. */
        cursor?: string;
        /** @description `ordinal`: 1 2 3 4; `competition`: 1 2 2 4; `dense`: 1 2 2 3 (boards with `denseRanks`). */
        ranking?: 'ordinal' | 'competition' | 'dense';
      };
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description Name of the leaderboard. */
        board: string;
        /** @description Id of a closed season. */
        season: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EntryPage'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'leaderboards.seasons.entries.get': {
    parameters: {
      query?: {
        /** @description `ordinal`: 1 2 3 4; `competition`: 1 2 2 4; `dense`: 1 2 2 3 (boards with `denseRanks`). */
        ranking?: 'ordinal' | 'competition' | 'dense';
      };
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description Name of the leaderboard. */
        board: string;
        /** @description The member, percent-encoded. */
        member: string;
        /** @description Id of a closed season. */
        season: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['EntryView'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'leaderboards.live.watch': {
    parameters: {
      query?: {
        /** @description How many entries from the top are watched; 10 if left out. */
        top?: number;
      };
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description Name of the leaderboard. */
        board: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'text/event-stream': string;
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'locks.list': {
    parameters: {
      query?: {
        /** @description How many items; 100 if left out. */
        limit?: number;
        /** @description Resources whose names begin so. */
        prefix?: string;
        /** @description `next` of the page before. */
        cursor?: string;
      };
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ResourcePage'];
        };
      };
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'locks.acquire': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['AcquireLockBody'];
      };
    };
    responses: {
      /** @description The answer. */
      201: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['LockAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      423: components['responses']['Locked'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'locks.extend': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description As it was given with the lock. */
        lockId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ExtendLockBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['LockAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'locks.release': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description As it was given with the lock. */
        lockId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'locks.get': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description Name of the resource. */
        resource: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ResourceView'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'locks.break': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the resource. */
        resource: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'locks.permits.acquire': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the resource. */
        resource: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['AcquirePermitBody'];
      };
    };
    responses: {
      /** @description The answer. */
      201: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PermitAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      423: components['responses']['Locked'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'locks.permits.extend': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the resource. */
        resource: string;
        /** @description As it was given with the permit. */
        permitId: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ExtendLockBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ExtendPermitAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'locks.permits.release': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the resource. */
        resource: string;
        /** @description As it was given with the permit. */
        permitId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'messaging.messages.list': {
    parameters: {
      query?: {
        /** @description How many items; 100 if left out. */
        limit?: number;
        /** @description Id of a message: only what came after it. */
        since?: string;
        /** @description Oldest first (`asc`, if left out) or newest first. */
        order?: 'asc' | 'desc';
        /** @description `next` of the page before. */
        cursor?: string;
      };
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description Name of the channel. */
        channel: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['HistoryPage'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'messaging.messages.publish': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the channel. */
        channel: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['MessageBody'];
      };
    };
    responses: {
      /** @description The answer. */
      201: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PublishAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      412: components['responses']['PreconditionFailed'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'messaging.messages.batch': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['PublishBatchBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PublishBatchAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      412: components['responses']['PreconditionFailed'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'messaging.channels.list': {
    parameters: {
      query?: {
        /** @description How many items; 100 if left out. */
        limit?: number;
        /** @description `next` of the page before. */
        cursor?: string;
      };
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ChannelPage'];
        };
      };
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'messaging.channels.get': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description Name of the channel. */
        channel: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ChannelView'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'messaging.channels.configure': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the channel. */
        channel: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['ConfigureChannelBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ChannelView'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      412: components['responses']['PreconditionFailed'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'messaging.presence.list': {
    parameters: {
      query?: {
        /** @description How many items; 100 if left out. */
        limit?: number;
        /** @description `next` of the page before. */
        cursor?: string;
      };
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description Name of the channel. */
        channel: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PresencePage'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'messaging.events.open': {
    parameters: {
      query?: {
        /** @description Names of channels, `channel` once for each; with the patterns at most 100, and 4,096 characters. */
        channel?: string[];
        /** @description Patterns of names, `*` for any characters and `?` for one: channels that there are and that there will be. */
        pattern?: string[];
        /** @description As `Last-Event-ID`, which goes before; for one channel also the id of a message. */
        since?: string;
      };
      header?: {
        'Last-Event-ID'?: string;
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'text/event-stream': string;
        };
      };
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'messaging.socket.open': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The WebSocket is open. */
      101: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      422: components['responses']['UnprocessableContent'];
      426: components['responses']['UpgradeRequired'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.streams.get': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description Name of the stream. */
        stream: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['StreamView'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.streams.configure': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the stream. */
        stream: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['ConfigureStreamBody'];
      };
    };
    responses: {
      /** @description The stream stood before. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['StreamView'];
        };
      };
      /** @description The stream is new. */
      201: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['StreamView'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      412: components['responses']['PreconditionFailed'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.streams.delete': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the stream. */
        stream: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      412: components['responses']['PreconditionFailed'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.streams.list': {
    parameters: {
      query?: {
        /** @description How many items; 100 if left out. */
        limit?: number;
        /** @description `next` of the page before. */
        cursor?: string;
      };
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['StreamPage'];
        };
      };
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.entries.list': {
    parameters: {
      query?: {
        /** @description How many items; 100 if left out. */
        limit?: number;
        /** @description Lowest id, itself included; of milliseconds alone, the first of them. From the first entry if left out. */
        from?: string;
        /** @description Highest id, itself included; of milliseconds alone, the last of them. To the last entry if left out. */
        to?: string;
        /** @description Oldest first (`asc`, if left out) or newest first. */
        order?: 'asc' | 'desc';
        /** @description `next` of the page before. */
        cursor?: string;
      };
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description Name of the stream. */
        stream: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['StreamEntryPage'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.entries.append': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the stream. */
        stream: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['EntryBody'];
      };
    };
    responses: {
      /** @description The answer. */
      201: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AppendAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      412: components['responses']['PreconditionFailed'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.entries.batch': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the stream. */
        stream: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['AppendBatchBody'];
      };
    };
    responses: {
      /** @description The answer. */
      201: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AppendBatchAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      412: components['responses']['PreconditionFailed'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.entries.get': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description Name of the stream. */
        stream: string;
        /** @description Id of the entry. */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['StreamEntry'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.entries.delete': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the stream. */
        stream: string;
        /** @description Id of the entry. */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      412: components['responses']['PreconditionFailed'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.entries.tail': {
    parameters: {
      query?: {
        /** @description Id of the first entry that is sent, or `begin`; `now`, if left out, is what is appended from now on. `Last-Event-ID` goes before. */
        from?: string;
      };
      header?: {
        /** @description Id of the last entry that arrived. */
        'Last-Event-ID'?: string;
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description Name of the stream. */
        stream: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'text/event-stream': string;
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.groups.get': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description Name of the stream. */
        stream: string;
        /** @description Name of the consumer group. */
        group: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['GroupView'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.groups.configure': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the stream. */
        stream: string;
        /** @description Name of the consumer group. */
        group: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['ConfigureGroupBody'];
      };
    };
    responses: {
      /** @description The group stood before. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['GroupView'];
        };
      };
      /** @description The group is new. */
      201: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['GroupView'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      412: components['responses']['PreconditionFailed'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.groups.delete': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the stream. */
        stream: string;
        /** @description Name of the consumer group. */
        group: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      412: components['responses']['PreconditionFailed'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.groups.receive': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the stream. */
        stream: string;
        /** @description Name of the consumer group. */
        group: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ReceiveBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReceiveAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      409: components['responses']['Conflict'];
      412: components['responses']['PreconditionFailed'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.groups.ack': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the stream. */
        stream: string;
        /** @description Name of the consumer group. */
        group: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['DeliveriesBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AcknowledgeAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      409: components['responses']['Conflict'];
      412: components['responses']['PreconditionFailed'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.groups.nack': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the stream. */
        stream: string;
        /** @description Name of the consumer group. */
        group: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['GiveBackBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['GiveBackAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      409: components['responses']['Conflict'];
      412: components['responses']['PreconditionFailed'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.groups.extend': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the stream. */
        stream: string;
        /** @description Name of the consumer group. */
        group: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['DeliveriesBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ExtendAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      409: components['responses']['Conflict'];
      412: components['responses']['PreconditionFailed'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.groups.commit': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the stream. */
        stream: string;
        /** @description Name of the consumer group. */
        group: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CommitBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AcknowledgeAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      409: components['responses']['Conflict'];
      412: components['responses']['PreconditionFailed'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.groups.seek': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the stream. */
        stream: string;
        /** @description Name of the consumer group. */
        group: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['SeekBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['GroupView'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      409: components['responses']['Conflict'];
      412: components['responses']['PreconditionFailed'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.dead-letters.list': {
    parameters: {
      query?: {
        /** @description How many items; 100 if left out. */
        limit?: number;
        /** @description `next` of the page before. */
        cursor?: string;
      };
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description Name of the stream. */
        stream: string;
        /** @description Name of the consumer group. */
        group: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DeadLetterPage'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.dead-letters.delete': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the stream. */
        stream: string;
        /** @description Name of the consumer group. */
        group: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      412: components['responses']['PreconditionFailed'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'streams.dead-letters.replay': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the stream. */
        stream: string;
        /** @description Name of the consumer group. */
        group: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['ReplayBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ReplayAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      409: components['responses']['Conflict'];
      412: components['responses']['PreconditionFailed'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'pipeline.payloads.process': {
    parameters: {
      query?: never;
      header?: {
        /** @description `respond-async` to have the payload queued. */
        Prefer?: string;
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          id: string;
        } & {
          [key: string]: unknown;
        };
      };
    };
    responses: {
      /** @description What the payload has become. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            id: string;
            /** @enum {string} */
            status: 'processed';
            /** Format: date-time */
            timestamp: string;
          } & {
            [key: string]: unknown;
          };
        };
      };
      /** @description The payload is queued; `Location` tells what becomes of it. */
      202: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['QueuedPayload'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'pipeline.payloads.queue': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          id: string;
        } & {
          [key: string]: unknown;
        };
      };
    };
    responses: {
      /** @description What the payload has become: it was processed before. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            id: string;
            /** @enum {string} */
            status: 'processed';
            /** Format: date-time */
            timestamp: string;
          } & {
            [key: string]: unknown;
          };
        };
      };
      /** @description The payload is queued; `Location` tells what becomes of it. */
      202: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['QueuedPayload'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'pipeline.payloads.get': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description The payload's id, percent-encoded. */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PayloadState'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'pipeline.processor.get': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProcessorView'];
        };
      };
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'pipeline.processor.configure': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ConfigureProcessorBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ProcessorView'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'jobs.list': {
    parameters: {
      query?: {
        /** @description How many items; 100 if left out. */
        limit?: number;
        /** @description In which state; all of them, one state after the other, if left out. */
        state?: 'scheduled' | 'waiting' | 'delayed' | 'active' | 'completed' | 'failed';
        /** @description `next` of the page before. */
        cursor?: string;
      };
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['JobPage'];
        };
      };
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'jobs.create': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateJobBody'];
      };
    };
    responses: {
      /** @description The answer. */
      202: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['JobAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'jobs.get': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description The job's id, percent-encoded; that of a run of a schedule is `<id of the schedule>:<instant in ms>`. */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['JobView'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'jobs.cancel': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description The job's id, percent-encoded; that of a run of a schedule is `<id of the schedule>:<instant in ms>`. */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      409: components['responses']['Conflict'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'jobs.retry': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description The job's id, percent-encoded; that of a run of a schedule is `<id of the schedule>:<instant in ms>`. */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      202: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['JobAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      409: components['responses']['Conflict'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'rate-limits.policies.get': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        /** @description Name of the policy. */
        policy: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PolicyView'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'rate-limits.policies.put': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the policy. */
        policy: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['PutPolicyBody'];
      };
    };
    responses: {
      /** @description The policy stood before. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PolicyView'];
        };
      };
      /** @description The policy is new. */
      201: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PolicyView'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'rate-limits.policies.delete': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the policy. */
        policy: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'rate-limits.policies.list': {
    parameters: {
      query?: {
        limit?: number;
        /** @description `next` of the page before. */
        cursor?: string;
      };
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['PolicyPage'];
        };
      };
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'rate-limits.buckets.consume': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description Name of the policy. */
        policy: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ConsumeBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ConsumeAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      409: components['responses']['Conflict'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'rate-limits.buckets.consume-all': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['ConsumeAllBody'];
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ConsumeAllAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      409: components['responses']['Conflict'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'sessions.create': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['CreateSessionBody'];
      };
    };
    responses: {
      /** @description The answer. */
      201: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          ETag: components['headers']['ETag'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokenAnswer'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      412: components['responses']['PreconditionFailed'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'sessions.current.get': {
    parameters: {
      query?: never;
      header: {
        /** @description The session’s token. */
        'Session-Token': string;
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          ETag: components['headers']['ETag'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SessionView'];
        };
      };
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'sessions.current.delete': {
    parameters: {
      query?: never;
      header: {
        /** @description The session’s token. */
        'Session-Token': string;
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content?: never;
      };
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      412: components['responses']['PreconditionFailed'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'sessions.current.patch': {
    parameters: {
      query?: never;
      header: {
        /** @description The ETag of the version to patch; of another one nothing is patched: 412. */
        'If-Match'?: string;
        /** @description The session’s token. */
        'Session-Token': string;
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          [key: string]: unknown;
        };
        'application/merge-patch+json': {
          [key: string]: unknown;
        };
      };
    };
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          ETag: components['headers']['ETag'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SessionView'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      412: components['responses']['PreconditionFailed'];
      413: components['responses']['ContentTooLarge'];
      415: components['responses']['UnsupportedMediaType'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'sessions.current.rotate': {
    parameters: {
      query?: never;
      header: {
        /** @description The session’s token. */
        'Session-Token': string;
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /** @description Makes the request take effect once: sent again with the same key, it gets the first answer again. The same key with another request is refused. */
        'Idempotency-Key'?: components['parameters']['IdempotencyKey'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          'Idempotency-Replayed': components['headers']['IdempotencyReplayed'];
          Durability: components['headers']['Durability'];
          ETag: components['headers']['ETag'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['TokenAnswer'];
        };
      };
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      409: components['responses']['Conflict'];
      412: components['responses']['PreconditionFailed'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'sessions.delete': {
    parameters: {
      query?: never;
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        /** @description As it was given with the session; any other names none. */
        sessionId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      412: components['responses']['PreconditionFailed'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'sessions.users.list': {
    parameters: {
      query?: {
        /** @description How many items; 100 if left out. */
        limit?: number;
        /** @description `next` of the page before. */
        cursor?: string;
      };
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
      };
      path: {
        userId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The answer. */
      200: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['SessionPage'];
        };
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
  'sessions.users.delete': {
    parameters: {
      query?: {
        /** @description The id of one of the user’s sessions, which stays. */
        except?: string;
      };
      header?: {
        /** @description Id under which the request is logged; one is made if it is left out or not of this form. */
        'X-Request-Id'?: components['parameters']['RequestId'];
        /**
         * @description `<resource>=<token>`: the fencing token that the lock of the resource was granted with, a whole number up to 2^53-1. Once the board, stream, channel or user’s sessions have seen a token, a write with a smaller one of that resource is refused with 412 `fence.stale` and changes nothing, so a holder whose lock has expired cannot write over the next one. Tokens of other resources, and writes without the header, are not affected. A token counts for one target, and is remembered for 30 days after the last write that carried one. Exactly one resource a request; other forms are refused with 422 `fence.invalid`. A repeated request with an Idempotency-Key gets its first answer even if its token is stale by then. Operations that change something and do not list this header refuse it with 422 `fence.not-supported`; those that only read ignore it.
         * @example payment_processing:order_123=42
         */
        Fence?: components['parameters']['Fence'];
        /**
         * @description `replica=<1 to 5>`: the answer waits until so many replicas of Redis have what the request wrote, for half of REDIS_TIMEOUT_MS or a little more, and its own `Durability` says how many have. They may be fewer, without being an error: the request took effect all the same. On a cluster each master is waited for, and the least replicated counts. Other forms are refused with 422 `durability.invalid`; operations that only read ignore the header.
         * @example replica=1
         */
        Durability?: components['parameters']['Durability'];
      };
      path: {
        userId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done. */
      204: {
        headers: {
          'X-Request-Id': components['headers']['RequestId'];
          'RateLimit-Policy': components['headers']['RateLimitPolicy'];
          RateLimit: components['headers']['RateLimit'];
          Durability: components['headers']['Durability'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['BadRequest'];
      401: components['responses']['Unauthorized'];
      403: components['responses']['Forbidden'];
      404: components['responses']['NotFound'];
      412: components['responses']['PreconditionFailed'];
      422: components['responses']['UnprocessableContent'];
      429: components['responses']['TooManyRequests'];
      503: components['responses']['ServiceUnavailable'];
    };
  };
}

/** Paths whose POST takes an Idempotency-Key. */
export const keyedPosts = [
  '/v1/api-keys',
  '/v1/api-keys/{id}/rotate',
  '/v1/leaderboards/{board}/submissions',
  '/v1/leaderboards/{board}/submissions/batch',
  '/v1/leaderboards/{board}/seasons',
  '/v1/locks',
  '/v1/locks/{lockId}/extend',
  '/v1/semaphores/{resource}/permits',
  '/v1/semaphores/{resource}/permits/{permitId}/extend',
  '/v1/channels/{channel}/messages',
  '/v1/messages/batch',
  '/v1/streams/{stream}/entries',
  '/v1/streams/{stream}/entries/batch',
  '/v1/streams/{stream}/groups/{group}/receive',
  '/v1/streams/{stream}/groups/{group}/ack',
  '/v1/streams/{stream}/groups/{group}/nack',
  '/v1/streams/{stream}/groups/{group}/extend',
  '/v1/streams/{stream}/groups/{group}/commit',
  '/v1/streams/{stream}/groups/{group}/seek',
  '/v1/streams/{stream}/groups/{group}/dead-letters/replay',
  '/v1/pipeline/payloads',
  '/v1/pipeline/queue',
  '/v1/jobs',
  '/v1/jobs/{id}/retry',
  '/v1/rate-limits/{policy}/consume',
  '/v1/rate-limits/consume',
  '/v1/sessions',
  '/v1/sessions/current/rotate',
] as const satisfies readonly (keyof paths)[];
