-- fail: note that a payload could not be processed, unless it was.
-- KEYS[1] payload  hash, what is known of the payload
-- KEYS[2] state    hash, whether the processor is active, and counts
-- ARGV[1] reason
-- ARGV[2] keepMs   how long that is known
-- returns why, nil if it was processed: of one that failed before, what was said then
local standing = redis.call('HMGET', KEYS[1], 'state', 'reason')
local state = standing[1]
if state == 'processed' then return nil end
if not state then return ARGV[1] end
if state == 'failed' then return standing[2] end
redis.call('HINCRBY', KEYS[2], state, -1)
redis.call('HINCRBY', KEYS[2], 'failed', 1)
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'state', 'failed', 'reason', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return ARGV[1]
