-- claim: take a payload to process it or to queue it, unless that was done.
-- KEYS[1] payload  hash, what is known of the payload
-- KEYS[2] state    hash, whether the processor is active, and counts
-- ARGV[1] mode     process, queue, or requeued: what a worker got from the queue, which no other worker has
-- ARGV[2] token    that names what is done from now on
-- ARGV[3] leaseMs  how long nobody else may process it
-- returns {'deactivated'} | {'processed', answer} | {'busy', remaining ms} | {'queued', token} | {'claimed', token}
local PAYLOAD, STATE, MODE, TOKEN = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
if redis.call('HGET', STATE, 'active') == '0' then return { 'deactivated' } end
local standing = redis.call('HMGET', PAYLOAD, 'state', 'answer', 'leaseEndsAt', 'token', 'worker')
local state = standing[1]
if state == 'processed' then return { 'processed', standing[2] } end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local function become(next_state)
  if state == next_state then return end
  if state then redis.call('HINCRBY', STATE, state, -1) end
  redis.call('HINCRBY', STATE, next_state, 1)
  redis.call('HSET', PAYLOAD, 'state', next_state)
  redis.call('HDEL', PAYLOAD, 'reason')
  redis.call('PERSIST', PAYLOAD)
end

if MODE == 'queue' then
  -- Queued again it is the same entry of the stream.
  if state == 'queued' then return { 'queued', standing[4] } end
  -- Of a worker the stream hands it out again; of a request that is gone nobody else would know.
  local left = state == 'processing' and tonumber(standing[3]) - now or 0
  if state == 'processing' and (standing[5] == '1' or left > 0) then return { 'busy', math.max(1, left) } end
  become('queued')
  redis.call('HSET', PAYLOAD, 'token', TOKEN)
  return { 'queued', TOKEN }
end
local is_left = MODE == 'requeued' and standing[5] == '1'
if state == 'processing' and tonumber(standing[3]) > now and not is_left then
  return { 'busy', tonumber(standing[3]) - now }
end
become('processing')
redis.call('HSET', PAYLOAD, 'token', TOKEN, 'leaseEndsAt', now + tonumber(ARGV[3]), 'worker',
  MODE == 'requeued' and '1' or '0')
return { 'claimed', TOKEN }
