-- list: places that are held or waited for, by name.
-- KEYS[1] holders    zset of `<place> <slot> <id>`, by name
-- KEYS[2] grants     hash, id to what is held and by whom
-- KEYS[3] expiries   zset, id by when its grant ends, in ms
-- KEYS[4] queue      zset of `<place> <ticket> <id>`, by name
-- KEYS[5] waiters    hash, id to who waits for what
-- KEYS[6] processes  zset of processes with waiters, by when they count as gone, in ms
-- KEYS[7] fences     zset, place by its last token
-- KEYS[8] counters   hash, the last ticket and the highest token that was forgotten
-- ARGV[1] prefix  of the places
-- ARGV[2] after   the last place of the page before, '' for none
-- ARGV[3] limit
-- returns {place, …}
-- use: shared/locks.lua
local PREFIX, AFTER, LIMIT = ARGV[1], ARGV[2], tonumber(ARGV[3])
local from = AFTER > PREFIX and '(' .. AFTER .. '!' or '[' .. PREFIX
local places = {}
while #places < LIMIT do
  local held = redis.call('ZRANGEBYLEX', HOLDERS, from, '+', 'LIMIT', 0, 1)[1]
  local waited = redis.call('ZRANGEBYLEX', QUEUE, from, '+', 'LIMIT', 0, 1)[1]
  local first = held and (not waited or held < waited) and held or waited
  if not first or first:sub(1, #PREFIX) ~= PREFIX then break end
  local place = place_of(first)
  places[#places + 1] = place
  from = '(' .. place .. '!'
end
return places
