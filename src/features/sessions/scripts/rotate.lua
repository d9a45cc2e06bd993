-- rotate: give a session another token.
-- KEYS[1] sessions  hash, the owner's sessions
-- KEYS[2] live      hash, sessions of the bucket that count, and their versions
-- KEYS[3] due       zset, the same by when to look whether they are over
-- KEYS[4] ended     zset, sessions that were ended, by when to forget that
-- KEYS[5] audit     list, what has to be told to the audit stream
-- KEYS[6] operation  string, what a keyed request was answered, expires
-- ARGV[1] id           of the session
-- ARGV[2] verifier     the hash of its token
-- ARGV[3] key          for when it was seen
-- ARGV[4] version      of the box to replace
-- ARGV[5] next         that of the new one
-- ARGV[6] head         with the hash of the new token
-- ARGV[7] box          sealed with it
-- ARGV[8] nextKey      for when it was seen, of the new token
-- ARGV[9] at           now, by the clock of whoever sealed the box
-- ARGV[10] toleranceMs by how much that may be wrong
-- ARGV[11] who         rest of the members of an audit event
-- ARGV[12] fingerprint of the request, '' if it carries no idempotency key
-- ARGV[13] ttlMs       how long the answer is kept
-- ARGV[14] answer      sealed
-- returns {'rotated'} | {'replayed', answer} | {'reused'} | {'clock', now} | {standing, version, head, box, seen}
-- use: shared/session.lua
-- use: shared/judge.lua
-- use: shared/ending.lua
-- use: ../../../transport/idempotency/scripts/shared/keyed.lua
local ID = ARGV[1]
local earlier, reused = earlier_answer(KEYS[6], ARGV[12])
if reused then return { 'reused' } end
if earlier then return { 'replayed', earlier } end
local standing, version, head, box, seen = judged(ID, ARGV[2], ARGV[3])
-- Sent a second time because the first answer was lost.
if standing == 'old' and head == ARGV[6] then return { 'rotated' } end
if standing ~= 'live' or version ~= ARGV[4] then return { standing, version, head, box, seen } end
if math.abs(NOW - ARGV[9]) > tonumber(ARGV[10]) then return { 'clock', whole(NOW) } end
-- fence
local rest = ID:sub(19)
redis.call('HSET', SESSIONS, rest .. 'h', ARGV[6], rest .. 'b', ARGV[7], rest .. 's', seen_now(ID, ARGV[8]))
redis.call('HSET', LIVE, ID:sub(3), ARGV[5])
audit('rotated', ID, 'requested', ARGV[11])
remember(KEYS[6], ARGV[12], ARGV[13], ARGV[14])
return { 'rotated' }
