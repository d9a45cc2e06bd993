-- create: begin a session, or write one anew whose id its owner chose; the owner's oldest ones make room.
-- KEYS[1] sessions   hash, the owner's sessions
-- KEYS[2] live       hash, sessions of the bucket that count, and their versions
-- KEYS[3] due        zset, the same by when to look whether they are over
-- KEYS[4] ended      zset, sessions that were ended, by when to forget that
-- KEYS[5] audit      list, what has to be told to the audit stream
-- KEYS[6] info       hash, that there is such a bucket
-- KEYS[7] operation  string, what a keyed request was answered, expires
-- ARGV[1] id           of the session
-- ARGV[2] version      of its box
-- ARGV[3] head         `<created> <idle ms> <ends> <verifier> <verifier before> <grace ends>`
-- ARGV[4] box          sealed
-- ARGV[5] key          for when it was seen
-- ARGV[6] at           now, by the clock of whoever sealed the box
-- ARGV[7] toleranceMs  by how much that may be wrong
-- ARGV[8] most         sessions that the owner may have, 0 for any number
-- ARGV[9] full         what to do if there are so many: evict or refuse
-- ARGV[10] over        version of the session with this id to write over, '*' for any or none, '' never to
-- ARGV[11] who         rest of the members of an audit event
-- ARGV[12] fingerprint of the request, '' if it carries no idempotency key
-- ARGV[13] ttlMs       how long the answer is kept
-- ARGV[14] answer      sealed
-- ARGV[15] listed      '1' if the bucket is on the list of those that are swept
-- returns {'created' | 'written', indexed} | {'replayed', answer} | {'reused'} | {'clock', now} | {'full'} | {'ended'} | {'other'} | {'unlisted'}
-- use: shared/session.lua
-- use: shared/standing.lua
-- use: shared/ending.lua
-- use: ../../../transport/idempotency/scripts/shared/keyed.lua
local INFO, ID, HEAD, WHO = KEYS[6], ARGV[1], ARGV[3], ARGV[11]
local MEMBER, REST = ID:sub(3), ID:sub(19)

local earlier, reused = earlier_answer(KEYS[7], ARGV[12])
if reused then return { 'reused' } end
if earlier then return { 'replayed', earlier } end
if math.abs(NOW - ARGV[6]) > tonumber(ARGV[7]) then return { 'clock', whole(NOW) } end
-- Whoever makes the first one may be gone before it can list the bucket, so that is done before.
local indexed = redis.call('HEXISTS', INFO, 'indexed')
if ARGV[15] ~= '1' and indexed == 0 then return { 'unlisted' } end

local before, over = redis.call('HGET', LIVE, MEMBER), ARGV[10]
local stands = before and true or false
-- Sent a second time because the first answer was lost. An id that was made here is never made again.
if stands and over == '' then return { 'created', indexed } end
if over ~= '' and not stands and redis.call('ZSCORE', ENDED, MEMBER) then return { 'ended' } end
-- What has our version already was sent before.
if over ~= '' and over ~= '*' and before ~= over and before ~= ARGV[2] then return { 'other' } end
-- fence

local most = tonumber(ARGV[8])
if most > 0 and redis.call('HLEN', SESSIONS) >= most * 3 then
  local standing = standing_sessions()
  table.sort(standing, is_older)
  if #standing >= most and ARGV[9] == 'refuse' then return { 'full' } end
  for at = 1, #standing - most + 1 do revoke(ID:sub(1, 18) .. standing[at].rest, WHO, 'limit') end
end

redis.call('HSET', SESSIONS, REST .. 'h', HEAD, REST .. 'b', ARGV[4], REST .. 's', seen_now(ID, ARGV[5]))
redis.call('HSET', LIVE, MEMBER, ARGV[2])
local idle, ends = HEAD:match('^%d+ (%d+) (%d+) ')
redis.call('ZADD', DUE, whole(math.min(NOW + idle, ends)), MEMBER)
if not stands then
  if indexed == 0 then redis.call('HSETNX', INFO, 'createdAt', whole(NOW)) end
  audit('created', ID, 'requested', WHO)
end
remember(KEYS[7], ARGV[12], ARGV[13], ARGV[14])
return { stands and 'written' or 'created', indexed }
