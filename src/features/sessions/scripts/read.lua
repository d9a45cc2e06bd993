-- read: what a token gives, and that its session was seen now.
-- KEYS[1] sessions  hash, the owner's sessions
-- KEYS[2] live      hash, sessions of the bucket that count, and their versions
-- KEYS[3] due       zset, the same by when to look whether they are over
-- KEYS[4] ended     zset, sessions that were ended, by when to forget that
-- KEYS[5] audit     list, what has to be told to the audit stream
-- ARGV[1] id        of the session
-- ARGV[2] verifier  the hash of its token
-- ARGV[3] key       for when it was seen
-- ARGV[4] touch     '1' if it counts as seen
-- returns {standing, version, head, box, seen}
-- use: shared/session.lua
-- use: shared/judge.lua
local standing, version, head, box, seen = judged(ARGV[1], ARGV[2], ARGV[3])
if standing == 'live' and ARGV[4] == '1' then
  seen = seen_now(ARGV[1], ARGV[3])
  redis.call('HSET', SESSIONS, ARGV[1]:sub(19) .. 's', seen)
end
return { standing, version, head, box, seen }
