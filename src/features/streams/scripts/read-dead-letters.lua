-- read-dead-letters: dead letters, oldest first, after what was delivered too often has been given up.
-- KEYS[1] info        hash
-- KEYS[2] entries     stream
-- KEYS[3] removed     zset
-- KEYS[4] group       hash, settings of the group and its place
-- KEYS[5] pending     zset, ids by the instant from which somebody else may take them
-- KEYS[6] deliveries  hash, id to consumer, deliveries, first delivery, reason
-- KEYS[7] consumers   zset, by when they last asked
-- KEYS[8] held        hash, consumer to how many entries it has
-- KEYS[9] dead        zset, ids of dead letters by when they were given up
-- KEYS[10] letters    hash, id to data, key, reason, deliveries
-- KEYS[11] copies     hash, id to data and key of a replayed dead letter
-- ARGV[1] after  score and id of the last one that was read, '' to begin; "<deadAt> <id>"
-- ARGV[2] limit
-- ARGV[3] maxBytes  of data together; one letter is shown whatever its size
-- ARGV[4] incarnation  that the group has to have, '' for any
-- returns {'missing'} | {'no-group'} | {'stale'} | {'letters', {id, deadAt, data, key, reason, deliveries, …}, more, incarnation}
-- use: shared/stream.lua
-- use: shared/group.lua
if redis.call('EXISTS', INFO) == 0 then return { 'missing' } end
local group = load_group()
if not group then return { 'no-group' } end
if ARGV[4] ~= '' and ARGV[4] ~= group.incarnation then return { 'stale' } end
local now = now_ms()
trim(now)
bury_spent(group, now)
local from, after = '-inf', ''
if ARGV[1] ~= '' then from, after = ARGV[1]:match('^(%S+) (.+)$') end
local limit, room = tonumber(ARGV[2]), tonumber(ARGV[3])
local rows, count, offset = {}, 0, 0
while true do
  local found = redis.call('ZRANGEBYSCORE', DEAD, from, '+inf', 'WITHSCORES', 'LIMIT', offset, 100)
  if #found == 0 then return { 'letters', rows, 0, group.incarnation } end
  for at = 1, #found, 2 do
    local id, dead_at = found[at], found[at + 1]
    if dead_at ~= from or id > after then
      if count >= limit or room <= 0 then return { 'letters', rows, 1, group.incarnation } end
      local letter = cmsgpack.unpack(redis.call('HGET', LETTERS, id))
      for _, value in ipairs({ id, dead_at, letter[1] or '', letter[2] or '', letter[3], letter[4] }) do
        rows[#rows + 1] = value
      end
      count = count + 1
      room = room - #(letter[1] or '')
    end
  end
  offset = offset + 100
end
