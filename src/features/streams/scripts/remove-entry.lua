-- remove-entry: delete one entry; a group that has it pending keeps its place, and gives it up when it comes due.
-- KEYS[1] info     hash
-- KEYS[2] entries  stream
-- KEYS[3] removed  zset, ordinals of entries that were deleted one by one
-- ARGV[1] id
-- returns {'missing'} | {'absent'} | {'removed'}
-- use: shared/stream.lua
-- fence
if redis.call('EXISTS', INFO) == 0 then return { 'missing' } end
local found = redis.call('XRANGE', ENTRIES, ARGV[1], ARGV[1])[1]
if not found then return { 'absent' } end
local _, first = entry_from('-')
local n = fields_of(found).n
redis.call('XDEL', ENTRIES, ARGV[1])
-- Without the first entry the stream simply begins later.
if n > first.n then
  redis.call('ZADD', REMOVED, n, n)
else
  local _, now_first = entry_from('-')
  if now_first then redis.call('ZREMRANGEBYSCORE', REMOVED, '-inf', now_first.n - 1) else redis.call('DEL', REMOVED) end
end
return { 'removed' }
