-- Shared by the scripts on token buckets. A bucket is the string "<level> <micros>": parts of tokens, and when there
-- were so many. While tokens are leased to nodes, " <epoch> <current> <previous>" follows: what was leased in the
-- second `epoch` and in the one before. A lease is over two seconds after its own began, which is a second at least,
-- and until then its tokens take the bucket's room: level and leases together never exceed the capacity.
local LEASE_MICROS = 1000000

local function now_micros()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

local function digits(number)
  return string.format('%.0f', number)
end

-- The refill from bucket.at to `now`, in steps between which leases end.
local function refill_until(bucket, now)
  repeat
    local leased = bucket.current + bucket.previous
    local till = leased > 0 and math.min(now, (bucket.epoch + 1) * LEASE_MICROS) or now
    local room = math.max(0, bucket.capacity - leased)
    bucket.level = math.min(room, bucket.level + (till - bucket.at) * bucket.refill)
    bucket.at = till
    if leased == 0 then
      bucket.epoch = math.floor(now / LEASE_MICROS)
    elseif till == (bucket.epoch + 1) * LEASE_MICROS then
      bucket.epoch, bucket.current, bucket.previous = bucket.epoch + 1, 0, bucket.current
    end
  until bucket.at >= now
end

-- The bucket as it is now. A clock that was set back refills nothing until it has caught up.
local function load_bucket(key, capacity, refill, now)
  local bucket = { key = key, capacity = capacity, refill = refill, level = capacity, at = now, current = 0, previous = 0 }
  bucket.epoch = math.floor(now / LEASE_MICROS)
  local state = redis.call('GET', key)
  if state then
    local level, at, leases = state:match('^(%d+) (%d+)(.*)$')
    bucket.level, bucket.at = tonumber(level), tonumber(at)
    local epoch, current, previous = leases:match('^ (%d+) (%d+) (%d+)$')
    if epoch then bucket.epoch, bucket.current, bucket.previous = tonumber(epoch), tonumber(current), tonumber(previous) end
    refill_until(bucket, math.max(now, bucket.at))
  end
  return bucket
end

-- Microseconds until the bucket is full, if nobody takes from it.
local function full_micros(bucket)
  return math.ceil((bucket.capacity - bucket.level) / bucket.refill)
end

-- A bucket that is full and leased to nobody is no key.
local function store_bucket(bucket, now)
  local leased = bucket.current + bucket.previous
  local full = full_micros(bucket)
  if full <= 0 and leased == 0 then
    redis.call('DEL', bucket.key)
    return
  end
  local lasts = (leased > 0 and math.max(full, 2 * LEASE_MICROS) or full) + bucket.at - now
  local leases = leased > 0 and string.format(' %.0f %.0f %.0f', bucket.epoch, bucket.current, bucket.previous) or ''
  local ttl = math.ceil(lasts / 1000) + 1
  redis.call('SET', bucket.key, digits(bucket.level) .. ' ' .. digits(bucket.at) .. leases, 'PX', digits(ttl))
end
