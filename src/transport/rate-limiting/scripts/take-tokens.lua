-- take-tokens: charge token buckets, all of them or none, by Redis' clock.
-- KEYS[1] operation  string, what a keyed request was answered, expires
-- KEYS[2…] buckets   string, as shared/bucket.lua says; expires when full
-- ARGV[1] mode         take, peek (charge nothing) or refund (give back)
-- ARGV[2] fingerprint  of the request, '' if it carries no idempotency key
-- ARGV[3] ttlMs        how long the answer is kept
-- ARGV[4…] limits      capacity, refill per microsecond and cost of each bucket, in parts, all whole numbers
-- returns {'reused'} | {'taken' | 'replayed', allowed, {level, waitMicros, fullMicros, …}}: wait is -1 for a cost beyond the capacity
-- use: shared/bucket.lua
local OPERATION, mode, fingerprint = KEYS[1], ARGV[1], ARGV[2]
if fingerprint ~= '' then
  local earlier = redis.call('GET', OPERATION)
  if earlier then
    if earlier:sub(1, #fingerprint) ~= fingerprint then return { 'reused' } end
    return { 'replayed', unpack(cmsgpack.unpack(earlier:sub(#fingerprint + 1))) }
  end
end

local now = now_micros()
local buckets, charges, allowed = {}, {}, true
for at = 1, #KEYS - 1 do
  local key, cost = KEYS[at + 1], tonumber(ARGV[3 * at + 3])
  local bucket = buckets[key]
  if not bucket then
    bucket = load_bucket(key, tonumber(ARGV[3 * at + 1]), tonumber(ARGV[3 * at + 2]), now)
    bucket.need = 0
    buckets[key] = bucket
    buckets[#buckets + 1] = bucket
  end
  -- A bucket that is named more than once has to hold the costs together.
  bucket.need = bucket.need + cost
  local wait = 0
  if mode ~= 'refund' and bucket.level < bucket.need then
    allowed = false
    wait = bucket.need > bucket.capacity and -1 or math.ceil((bucket.need - bucket.level) / bucket.refill)
  end
  charges[at] = { bucket = bucket, wait = wait }
end

for _, bucket in ipairs(buckets) do
  if mode == 'refund' then
    bucket.level = math.min(bucket.capacity - bucket.current - bucket.previous, bucket.level + bucket.need)
  elseif mode == 'take' and allowed then
    bucket.level = bucket.level - bucket.need
  end
  if mode ~= 'peek' and allowed then store_bucket(bucket, now) end
end

local states = {}
for _, charge in ipairs(charges) do
  local bucket = charge.bucket
  for _, value in ipairs({ bucket.level, charge.wait, full_micros(bucket) }) do states[#states + 1] = digits(value) end
end
local answer = { allowed and 1 or 0, states }
if fingerprint ~= '' then
  redis.call('SET', OPERATION, fingerprint .. cmsgpack.pack(answer), 'PX', ARGV[3])
end
return { 'taken', unpack(answer) }
