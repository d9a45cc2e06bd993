-- release: end a grant, and the wait for one, and tell who is next.
-- KEYS[1] holders    zset of `<place> <slot> <id>`, by name
-- KEYS[2] grants     hash, id to what is held and by whom
-- KEYS[3] expiries   zset, id by when its grant ends, in ms
-- KEYS[4] queue      zset of `<place> <ticket> <id>`, by name
-- KEYS[5] waiters    hash, id to who waits for what
-- KEYS[6] processes  zset of processes with waiters, by when they count as gone, in ms
-- KEYS[7] fences     zset, place by its last token
-- KEYS[8] counters   hash, the last ticket and the highest token that was forgotten
-- ARGV[1] id     of the grant
-- ARGV[2] keep   '1' to stay in line, for a grant that a majority did not share; nobody is told then
-- ARGV[3] topic  where processes listen
-- returns {'released'} | {'lost'}
-- use: shared/locks.lua
local ID, KEEP, TOPIC = ARGV[1], ARGV[2] == '1', ARGV[3]
local grant = standing(ID)
if grant then forget_grant(ID, grant) end
if not KEEP then
  local waiter = unpacked(WAITERS, ID)
  if waiter then forget_waiter(ID, waiter) end
  if grant then wake_after(grant, TOPIC) end
  if waiter then for _, want in ipairs(waiter.wants) do wake_next(want.place, TOPIC) end end
end
return { grant and 'released' or 'lost' }
