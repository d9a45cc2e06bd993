-- read: who holds places, and who waits for them.
-- KEYS[1] places     hash, place to who holds it, `<slot> <id> …`; and the last number that was given out
-- KEYS[2] grants     hash, id to what is held and by whom
-- KEYS[3] queue      zset of `<place> <ticket> <id>`, by name
-- KEYS[4] waiters    hash, id to who waits for what
-- KEYS[5] processes  zset of processes with waiters, by when they count as gone, in ms
-- ARGV[1…] places
-- returns {{{id, slot, owner, metadata, token, since, ms left, …}, how many wait, {owner, since, …}}, …}
-- use: shared/grants.lua
local MAX_WAITERS = 100
local answer = {}
for number = 1, #ARGV do
  local place = ARGV[number]
  local holders, rows, first = holders_of(place), {}, {}
  for at = 1, #holders, 2 do
    local grant, left = standing(holders[at + 1])
    if grant then
      local row = {
        holders[at + 1], holders[at], grant.owner, grant.metadata, whole(grant.token), whole(grant.since), whole(left),
      }
      for _, value in ipairs(row) do rows[#rows + 1] = value end
    end
  end
  first_in_line(place)
  for _, member in ipairs(line(place, 'LIMIT', 0, MAX_WAITERS)) do
    local waiter = waiter_of(member:match('%S+$'))
    if waiter then
      first[#first + 1] = waiter.owner
      first[#first + 1] = whole(waiter.since)
    end
  end
  answer[number] = { rows, redis.call('ZLEXCOUNT', QUEUE, '[' .. place .. ' ', '(' .. place .. '!'), first }
end
return answer
