-- extend: give a grant a new time to live, and with a token what a majority has agreed on.
-- KEYS[1] holders    zset of `<place> <slot> <id>`, by name
-- KEYS[2] grants     hash, id to what is held and by whom
-- KEYS[3] expiries   zset, id by when its grant ends, in ms
-- KEYS[4] queue      zset of `<place> <ticket> <id>`, by name
-- KEYS[5] waiters    hash, id to who waits for what
-- KEYS[6] processes  zset of processes with waiters, by when they count as gone, in ms
-- KEYS[7] fences     zset, place by its last token
-- KEYS[8] counters   hash, the last ticket and the highest token that was forgotten
-- ARGV[1] id     of the grant
-- ARGV[2] ttlMs  from now on
-- ARGV[3] token  the one that is given out, '' to leave it
-- ARGV[4] topic  where processes listen
-- returns {'extended', token that was given out, 0 if this node has not heard of it} | {'lost'}
-- use: shared/locks.lua
local ID, TTL, TOKEN, TOPIC = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local grant = standing(ID)
if not grant then return { 'lost' } end
grant.ttl = TTL
if TOKEN ~= '' then
  grant.token = tonumber(TOKEN)
  grant.confirmed = true
  for _, held in ipairs(grant.held) do raise_fence(place_of(held), grant.token) end
  local waiter = unpacked(WAITERS, ID)
  if waiter then
    forget_waiter(ID, waiter)
    for _, want in ipairs(waiter.wants) do if want.permits > 1 then wake_next(want.place, TOPIC) end end
  end
end
redis.call('HSET', GRANTS, ID, cmsgpack.pack(grant))
redis.call('ZADD', EXPIRIES, whole(NOW + TTL), ID)
-- What this node had in mind alone may be higher than what is given out next.
return { 'extended', grant.confirmed and whole(grant.token) or '0' }
