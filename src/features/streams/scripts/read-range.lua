-- read-range: entries between two ids, in order or in reverse.
-- KEYS[1] info     hash
-- KEYS[2] entries  stream
-- KEYS[3] removed  zset
-- ARGV[1] from   lowest id, '-' for the first; '(' before it leaves it out
-- ARGV[2] to     highest id, '+' for the last; likewise
-- ARGV[3] order  asc or desc
-- ARGV[4] limit
-- ARGV[5] maxBytes  of data together; one entry is shown whatever its size
-- ARGV[6] incarnation  that the stream has to have, '' for any
-- returns {'missing'} | {'stale'} | {'range', incarnation, {id, data, key, …}, more}
-- use: shared/stream.lua
local incarnation = redis.call('HGET', INFO, 'incarnation')
if not incarnation then return { 'missing' } end
trim(now_ms())
if ARGV[6] ~= '' and ARGV[6] ~= incarnation then return { 'stale' } end
local from, to, ascending = ARGV[1], ARGV[2], ARGV[3] == 'asc'
local limit, room = tonumber(ARGV[4]), tonumber(ARGV[5])
local rows, count = {}, 0
while true do
  local found = ascending and redis.call('XRANGE', ENTRIES, from, to, 'COUNT', 50)
    or redis.call('XREVRANGE', ENTRIES, to, from, 'COUNT', 50)
  if #found == 0 then return { 'range', incarnation, rows, 0 } end
  for _, entry in ipairs(found) do
    if count >= limit or room <= 0 then return { 'range', incarnation, rows, 1 } end
    local fields = fields_of(entry)
    for _, value in ipairs({ entry[1], fields.data, fields.key or '' }) do rows[#rows + 1] = value end
    count = count + 1
    room = room - #fields.data
  end
  if ascending then from = '(' .. found[#found][1] else to = '(' .. found[#found][1] end
end
