-- end-all: end the sessions of an owner, all but one if it is named.
-- KEYS[1] sessions  hash, the owner's sessions
-- KEYS[2] live      hash, sessions of the bucket that count, and their versions
-- KEYS[3] due       zset, the same by when to look whether they are over
-- KEYS[4] ended     zset, sessions that were ended, by when to forget that
-- KEYS[5] audit     list, what has to be told to the audit stream
-- ARGV[1] prefix  of the ids of the owner's sessions
-- ARGV[2] except  the id of one that stays, '' for none
-- ARGV[3] who     rest of the members of an audit event
-- returns {'ended', how many}
-- use: shared/session.lua
-- use: shared/ending.lua
-- fence
local count = 0
for _, field in ipairs(redis.call('HKEYS', SESSIONS)) do
  local id = ARGV[1] .. field:sub(1, -2)
  if field:sub(-1) == 'h' and id ~= ARGV[2] then
    revoke(id, ARGV[3], 'everywhere')
    count = count + 1
  end
end
return { 'ended', count }
