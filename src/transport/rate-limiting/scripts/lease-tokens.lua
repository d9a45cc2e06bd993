-- lease-tokens: give a node tokens of a bucket to spend by itself within a second, or settle earlier ones.
-- KEYS[1] bucket   string, as shared/bucket.lua says; expires when full
-- ARGV[1] capacity  parts
-- ARGV[2] refill    parts a microsecond
-- ARGV[3] token     parts of one token
-- ARGV[4] wanted    tokens at the most
-- ARGV[5…] finished  epoch, tokens spent and tokens unspent, of each earlier lease that is finished
-- returns {tokens, level, epoch}: what was leased, the parts left, and the lease's epoch
-- use: shared/bucket.lua
local now = now_micros()
local bucket = load_bucket(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), now)
local token, wanted = tonumber(ARGV[3]), tonumber(ARGV[4])

for at = 5, #ARGV, 3 do
  local epoch, spent, unspent = tonumber(ARGV[at]), tonumber(ARGV[at + 1]) * token, tonumber(ARGV[at + 2]) * token
  local field = (epoch == bucket.epoch and 'current') or (epoch == bucket.epoch - 1 and 'previous') or nil
  -- What comes back after its lease has ended is lost: the bucket has filled its place already.
  if field then
    unspent = math.min(unspent, bucket[field])
    bucket[field] = bucket[field] - unspent
    bucket.level = bucket.level + unspent
    bucket[field] = math.max(0, bucket[field] - spent)
  end
end

local tokens = math.min(wanted, math.floor(bucket.level / token))
bucket.level = bucket.level - tokens * token
bucket.current = bucket.current + tokens * token
store_bucket(bucket, now)
return { tokens, digits(bucket.level), digits(bucket.epoch) }
