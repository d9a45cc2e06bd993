-- reseal: put the same text under another key in the place of a box that nobody has replaced since.
-- KEYS[1] sessions  hash, the owner's sessions
-- KEYS[2] live      hash, sessions of the bucket that count, and their versions
-- KEYS[3] due       zset, the same by when to look whether they are over
-- KEYS[4] ended     zset, sessions that were ended, by when to forget that
-- KEYS[5] audit     list, what has to be told to the audit stream
-- ARGV[1] id      of the session
-- ARGV[2] box     as it was read
-- ARGV[3] sealed  under the other key
-- returns {'resealed'} | {'other'}
-- use: shared/session.lua
local rest = ARGV[1]:sub(19)
if redis.call('HGET', SESSIONS, rest .. 'b') ~= ARGV[2] then return { 'other' } end
redis.call('HSET', SESSIONS, rest .. 'b', ARGV[3])
return { 'resealed' }
