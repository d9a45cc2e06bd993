-- write: put another box in the place of the one that has the version.
-- KEYS[1] sessions  hash, the owner's sessions
-- KEYS[2] live      hash, sessions of the bucket that count, and their versions
-- KEYS[3] due       zset, the same by when to look whether they are over
-- KEYS[4] ended     zset, sessions that were ended, by when to forget that
-- KEYS[5] audit     list, what has to be told to the audit stream
-- ARGV[1] id        of the session
-- ARGV[2] verifier  the hash of its token
-- ARGV[3] key       for when it was seen
-- ARGV[4] version   of the box to replace
-- ARGV[5] next      that of the new one
-- ARGV[6] box       sealed
-- returns {standing, version, head, box, seen} as it is afterwards; with another version than `next`, nothing was written
-- use: shared/session.lua
-- use: shared/judge.lua
local standing, found = judged(ARGV[1], ARGV[2], ARGV[3])
if standing ~= 'live' and standing ~= 'old' then return shown(standing, found) end
-- Sent a second time because the first answer was lost.
if found.version == ARGV[5] and found.box == ARGV[6] then return shown(standing, found) end
-- fence
if found.version == ARGV[4] then
  local member, rest = owner_and_rest(ARGV[1])
  if standing == 'live' then found.seen = seen_now(ARGV[1], ARGV[3]) end
  redis.call('HSET', SESSIONS, rest .. 'b', ARGV[6], rest .. 's', found.seen)
  redis.call('HSET', LIVE, member, ARGV[5])
  found.version, found.box = ARGV[5], ARGV[6]
end
return shown(standing, found)
