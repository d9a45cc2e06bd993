-- end: end a session for good.
-- KEYS[1] sessions  hash, the owner's sessions
-- KEYS[2] live      hash, sessions of the bucket that count, and their versions
-- KEYS[3] due       zset, the same by when to look whether they are over
-- KEYS[4] ended     zset, sessions that were ended, by when to forget that
-- KEYS[5] audit     list, what has to be told to the audit stream
-- ARGV[1] id   of the session
-- ARGV[2] who  rest of the members of an audit event
-- returns {'ended'} | {'gone'}
-- use: shared/session.lua
-- use: shared/ending.lua
if redis.call('HEXISTS', LIVE, ARGV[1]:sub(3)) == 0 then return { 'gone' } end
-- fence
revoke(ARGV[1], ARGV[2], 'requested')
return { 'ended' }
