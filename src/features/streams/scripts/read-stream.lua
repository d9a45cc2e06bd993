-- read-stream: a stream's settings, how many entries it has, the first of them, and its groups.
-- KEYS[1] info     hash
-- KEYS[2] entries  stream
-- KEYS[3] removed  zset
-- KEYS[4] groups   zset, names of the groups
-- returns {'missing'} | {'stream', {field, value, …}, length, first id or nil, {group, …}}
-- use: shared/stream.lua
if redis.call('EXISTS', INFO) == 0 then return { 'missing' } end
trim(now_ms())
return {
  'stream', redis.call('HGETALL', INFO), redis.call('XLEN', ENTRIES), entry_from('-') or false,
  redis.call('ZRANGE', KEYS[4], 0, -1),
}
