-- complete: note that a payload was processed; the first who says so decides what became of it.
-- KEYS[1] payload    hash, what is known of the payload; made if missing
-- KEYS[2] state      hash, whether the processor is active, and counts
-- KEYS[3] operation  string, that an effect took place; it stays until somebody lets it go
-- ARGV[1] fingerprint  of the effect, '' if it is none
-- ARGV[2] ttlMs        of its record
-- ARGV[3] notAfter     instant in ms after which an effect does nothing, '' for none
-- ARGV[4] answer       what is answered from now on, JSON
-- ARGV[5] keepMs       how long that is known
-- returns {'late'} | {'processed', answer}
-- use: ../../../transport/idempotency/scripts/shared/keyed.lua
local PAYLOAD, STATE = KEYS[1], KEYS[2]
if earlier_answer(KEYS[3], ARGV[1]) then return { 'processed', ARGV[4] } end
if is_late(ARGV[3]) then return { 'late' } end
local standing = redis.call('HMGET', PAYLOAD, 'state', 'answer')
remember(KEYS[3], ARGV[1], ARGV[2], 1)
if standing[1] == 'processed' then return { 'processed', standing[2] } end
if standing[1] then redis.call('HINCRBY', STATE, standing[1], -1) end
redis.call('HINCRBY', STATE, 'processed', 1)
redis.call('DEL', PAYLOAD)
redis.call('HSET', PAYLOAD, 'state', 'processed', 'answer', ARGV[4])
redis.call('PEXPIRE', PAYLOAD, ARGV[5])
return { 'processed', ARGV[4] }
