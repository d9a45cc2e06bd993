-- extend: give a grant a new time to live, and with a token what a majority has agreed on.
-- KEYS[1] places     hash, place to who holds it, `<slot> <id> …`; and the last number that was given out
-- KEYS[2] grants     hash, id to what is held and by whom
-- KEYS[3] queue      zset of `<place> <ticket> <id>`, by name
-- KEYS[4] waiters    hash, id to who waits for what
-- KEYS[5] processes  zset of processes with waiters, by when they count as gone, in ms
-- ARGV[1] id     of the grant
-- ARGV[2] ttlMs  from now on
-- ARGV[3] token  the one that is given out, '' to leave it
-- ARGV[4] topic  where processes listen
-- returns {'extended', token that was given out, 0 if this node has not heard of it} | {'lost'}
-- use: shared/grants.lua
local ID, TTL, TOKEN, TOPIC = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local grant = standing(ID)
if TOKEN ~= '' then
  local last = redis.call('HGET', PLACES, CLOCK)
  if tonumber(TOKEN) > (tonumber(last) or 0) then redis.call('HSET', PLACES, CLOCK, TOKEN) end
  -- A majority has granted it: it leaves the line of a node that did not, too.
  local waiter = waiter_of(ID)
  if waiter then
    forget_waiter(ID, waiter)
    wake_besides(waiter, not grant, TOPIC)
  end
end
if not grant then return { 'lost' } end
if TOKEN ~= '' then
  grant.token = tonumber(TOKEN)
  grant.confirmed = true
end
grant.ttl = TTL
grant.ends = NOW + TTL
write_grant(ID, grant)
-- What this node had in mind alone may be higher than what is given out next.
return { 'extended', grant.confirmed and whole(grant.token) or '0' }
