-- configure: make a board or change its settings; order and ties stay as they are while it has entries.
-- KEYS[1] info     hash
-- KEYS[2] entries  zset
-- KEYS[3] scores   zset of the distinct scores
-- ARGV[1] incarnation  identity of the board if it is made now
-- ARGV[2] order        '' to leave it as it is; likewise the next three
-- ARGV[3] operator
-- ARGV[4] ties
-- ARGV[5] denseRanks   0 or 1
-- ARGV[6…] others      field, value, …; a value of '' removes the field
-- returns {'season-due'} | {'immutable', field} | {'configured', created, denseRanks, indexed}
-- fence
local info = KEYS[1]
local names = { 'order', 'operator', 'ties' }
local standing = redis.call('HMGET', info, 'order', 'operator', 'ties', 'denseRanks', 'nextResetAt')
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
-- A new schedule must not take the place of a reset that has come but was not carried out yet.
if standing[5] and now >= tonumber(standing[5]) then return { 'season-due' } end
local created = not standing[1]
if created then
  standing = { 'descending', 'set', 'arrival', '0' }
  redis.call('HSET', info, 'order', standing[1], 'operator', standing[2], 'ties', standing[3], 'denseRanks', '0',
    'season', 1, 'startedAt', now, 'incarnation', ARGV[1])
end

local filled = redis.call('ZCARD', KEYS[2]) > 0
for at, name in ipairs(names) do
  local wanted = ARGV[at + 1]
  if name ~= 'operator' and filled and wanted ~= '' and wanted ~= standing[at] then return { 'immutable', name } end
end
for at, name in ipairs(names) do
  if ARGV[at + 1] ~= '' then redis.call('HSET', info, name, ARGV[at + 1]) end
end

local dense = standing[4]
if ARGV[5] == '1' and dense == '0' then
  -- The distinct scores of a filled board are gathered in steps by build-dense; every write keeps them up from here.
  dense = filled and 'building' or '1'
elseif ARGV[5] == '0' and dense ~= '0' then
  dense = '0'
  redis.call('UNLINK', KEYS[3])
end
redis.call('HSET', info, 'denseRanks', dense)

for at = 6, #ARGV, 2 do
  if ARGV[at + 1] == '' then
    redis.call('HDEL', info, ARGV[at])
  else
    redis.call('HSET', info, ARGV[at], ARGV[at + 1])
  end
end
return { 'configured', created and 1 or 0, dense, redis.call('HEXISTS', info, 'indexed') }
