-- read-history: kept messages between two places, oldest or newest first.
-- KEYS[1] info      hash
-- KEYS[2] settings  hash
-- KEYS[3] history   stream
-- ARGV[1] order     asc or desc
-- ARGV[2] after     offset after which messages are shown
-- ARGV[3] before    offset before which they are shown, '' for no bound
-- ARGV[4] limit
-- ARGV[5] maxBytes  of their bodies together; one is given whatever its size
-- returns {epoch ('' if there is no channel), offset, {id, body, …}, more}
-- use: shared/channel.lua
local channel = redis.call('HMGET', INFO, 'epoch', 'offset')
local epoch, offset = channel[1], channel[2]
if not epoch then return { '', 0, {}, 0 } end
local size, ttl = retention()
trim(now_ms() - ttl, size, tonumber(offset))
local from = whole(tonumber(ARGV[2]) + 1)
local to = ARGV[3] == '' and '+' or '(' .. ARGV[3] .. '-0'
local ascending = ARGV[1] == 'asc'
local limit, room = tonumber(ARGV[4]), tonumber(ARGV[5])
local rows, count = {}, 0
while true do
  local found = ascending and redis.call('XRANGE', HISTORY, from, to, 'COUNT', 50)
    or redis.call('XREVRANGE', HISTORY, to, from, 'COUNT', 50)
  if #found == 0 then return { epoch, offset, rows, 0 } end
  for _, entry in ipairs(found) do
    if count >= limit or room <= 0 then return { epoch, offset, rows, 1 } end
    rows[#rows + 1], rows[#rows + 2] = entry[1], entry[2][2]
    count, room = count + 1, room - #entry[2][2]
  end
  if ascending then from = '(' .. found[#found][1] else to = '(' .. found[#found][1] end
end
