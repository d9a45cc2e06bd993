-- build-dense: gather the next distinct scores of a board that asked for dense ranks when it had entries.
-- KEYS[1] info     hash
-- KEYS[2] entries  zset
-- KEYS[3] scores   zset of the distinct scores
-- ARGV[1] after  stored score behind which to go on, -inf at first
-- ARGV[2] limit  how many to gather
-- returns {'done'} | {'more', score}
if redis.call('HGET', KEYS[1], 'denseRanks') ~= 'building' then return { 'done' } end
local after = ARGV[1]
local from = after == '-inf' and after or '(' .. after
for _ = 1, tonumber(ARGV[2]) do
  local entry = redis.call('ZRANGEBYSCORE', KEYS[2], from, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  if not entry[1] then
    redis.call('HSET', KEYS[1], 'denseRanks', '1')
    return { 'done' }
  end
  after = string.format('%.17g', tonumber(entry[2]) + 0)
  redis.call('ZADD', KEYS[3], after, after)
  from = '(' .. after
end
return { 'more', after }
