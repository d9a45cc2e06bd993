-- read: who holds places, and who waits for them.
-- KEYS[1] holders    zset of `<place> <slot> <id>`, by name
-- KEYS[2] grants     hash, id to what is held and by whom
-- KEYS[3] expiries   zset, id by when its grant ends, in ms
-- KEYS[4] queue      zset of `<place> <ticket> <id>`, by name
-- KEYS[5] waiters    hash, id to who waits for what
-- KEYS[6] processes  zset of processes with waiters, by when they count as gone, in ms
-- KEYS[7] fences     zset, place by its last token
-- KEYS[8] counters   hash, the last ticket and the highest token that was forgotten
-- ARGV[1…] places
-- returns {{{id, slot, owner, metadata, token, since, ms left, …}, how many wait, {owner, since, …}}, …}
-- use: shared/locks.lua
local MAX_WAITERS = 100
local answer = {}
for number = 1, #ARGV do
  local place = ARGV[number]
  local holders, line = {}, {}
  for _, member in ipairs(members(HOLDERS, place)) do
    local slot, id = member:match(' (%d+) ([^ ]+)$')
    local grant, left = standing(id)
    if grant then
      local row = { id, slot, grant.owner, grant.metadata, whole(grant.token), whole(grant.since), whole(left) }
      for _, value in ipairs(row) do holders[#holders + 1] = value end
    end
  end
  first_in_line(place)
  for _, member in ipairs(members(QUEUE, place, 'LIMIT', 0, MAX_WAITERS)) do
    local waiter = unpacked(WAITERS, member:match('[^ ]+$'))
    if waiter then
      line[#line + 1] = waiter.owner
      line[#line + 1] = whole(waiter.since)
    end
  end
  answer[number] = { holders, redis.call('ZLEXCOUNT', QUEUE, '[' .. place .. ' ', '(' .. place .. '!'), line }
end
return answer
