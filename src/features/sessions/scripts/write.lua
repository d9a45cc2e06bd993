-- write: put another box in the place of the one that has the version, if all is as it was read.
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
-- ARGV[7] head      that it is sealed with, as it was read
-- ARGV[8] before    the SHA-1 of the box to replace, as it was read
-- returns {standing, version, head, box, seen} as it is afterwards, without the box if it is the one that was written
-- use: shared/session.lua
-- use: shared/judge.lua
local ID, NEXT, BOX = ARGV[1], ARGV[5], ARGV[6]
local standing, version, head, box, seen = judged(ID, ARGV[2], ARGV[3])
-- The second case was sent twice because the first answer was lost.
if (standing ~= 'live' and standing ~= 'old') or (version == NEXT and box == BOX) then
  return { standing, version, head, box, seen }
end
-- fence
-- What was changed here since it was read is for the service to refuse, and not to be written over.
if version == ARGV[4] and head == ARGV[7] and redis.sha1hex(box) == ARGV[8] then
  local rest = ID:sub(19)
  if standing == 'live' then seen = seen_now(ID, ARGV[3]) end
  redis.call('HSET', SESSIONS, rest .. 'b', BOX, rest .. 's', seen)
  redis.call('HSET', LIVE, ID:sub(3), NEXT)
  -- Who wrote the box has it.
  return { standing, NEXT, head, '', seen }
end
return { standing, version, head, box, seen }
