-- break: end whatever holds a place, and tell who is next.
-- KEYS[1] holders    zset of `<place> <slot> <id>`, by name
-- KEYS[2] grants     hash, id to what is held and by whom
-- KEYS[3] expiries   zset, id by when its grant ends, in ms
-- KEYS[4] queue      zset of `<place> <ticket> <id>`, by name
-- KEYS[5] waiters    hash, id to who waits for what
-- KEYS[6] processes  zset of processes with waiters, by when they count as gone, in ms
-- KEYS[7] fences     zset, place by its last token
-- KEYS[8] counters   hash, the last ticket and the highest token that was forgotten
-- ARGV[1] place
-- ARGV[2] topic  where processes listen
-- returns how many grants were ended
-- use: shared/locks.lua
local PLACE, TOPIC = ARGV[1], ARGV[2]
local ended = {}
for _, member in ipairs(members(HOLDERS, PLACE)) do
  local id = member:match('[^ ]+$')
  local grant = standing(id)
  if grant then
    forget_grant(id, grant)
    ended[#ended + 1] = grant
  end
end
for _, grant in ipairs(ended) do wake_after(grant, TOPIC) end
return #ended
