-- release: end a grant, and the wait for one, and tell who is next.
-- KEYS[1] places     hash, place to who holds it, `<slot> <id> …`; and the last number that was given out
-- KEYS[2] grants     hash, id to what is held and by whom
-- KEYS[3] queue      zset of `<place> <ticket> <id>`, by name
-- KEYS[4] waiters    hash, id to who waits for what
-- KEYS[5] processes  zset of processes with waiters, by when they count as gone, in ms
-- ARGV[1] id       of the grant
-- ARGV[2] keep     'place' to stay in line, for a grant that a majority did not share; nobody is told then. 'grant' to end the
--                  wait and no grant. '' to end both
-- ARGV[3] process  where it was asked for, if another request may have the same id: what that one has stays. '' for none
-- ARGV[4] topic    where processes listen
-- returns {'released'} | {'lost'}

-- What most release, a lock for which nobody waits, is released before the rest of this script is even set up.
local text = ARGV[2] == '' and ARGV[3] == '' and redis.call('HGET', KEYS[2], ARGV[1])
if text and redis.call('EXISTS', KEYS[3]) == 0 then
  local time = redis.call('TIME')
  -- As `write_grant` of shared/grants.lua.
  local ends, places = cmsgpack.unpack(text)
  if ends > time[1] * 1000 + time[2] / 1000 and #places == 1 and places[1]:sub(1, 5) == 'lock:' then
    redis.call('HDEL', KEYS[1], places[1])
    redis.call('HDEL', KEYS[2], ARGV[1])
    return { 'released' }
  end
end

-- use: shared/grants.lua
local ID, KEEP, PROCESS, TOPIC = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local grant = standing(ID)
-- What a majority has agreed on may have been given out to the other one.
if grant and (KEEP == 'grant' or PROCESS ~= '' and grant.confirmed) then grant = nil end
if grant then forget_grant(ID, grant) end
if KEEP ~= 'place' then
  local waiter = waiter_of(ID)
  if waiter and PROCESS ~= '' and waiter.process ~= PROCESS then waiter = nil end
  if waiter then forget_waiter(ID, waiter) end
  if grant then wake_after(grant, TOPIC) end
  if waiter then for _, want in ipairs(waiter.wants) do wake_next(want.place, TOPIC) end end
end
return { grant and 'released' or 'lost' }
