-- Shared by the scripts of keyed requests and of effects. Each is an operation, whose record is the fingerprint of what
-- was asked for and the answer that it got.

-- What the operation was answered before, or nil; then true if it was asked for something else.
local function earlier_answer(record, fingerprint)
  if fingerprint == '' then return nil, false end
  local earlier = redis.call('GET', record)
  if not earlier then return nil, false end
  if earlier:sub(1, #fingerprint) ~= fingerprint then return nil, true end
  return cmsgpack.unpack(earlier:sub(#fingerprint + 1)), false
end

-- A time to live of 0 is none: the record of an effect stays until its commit is settled.
local function remember(record, fingerprint, ttl_ms, answer)
  if fingerprint == '' then return end
  redis.call('SET', record, fingerprint .. cmsgpack.pack(answer))
  if ttl_ms ~= '0' then redis.call('PEXPIRE', record, ttl_ms) end
end

-- Whether an effect comes after somebody else may have taken its commit and settled it; '' is no limit.
local function is_late(not_after_ms)
  if not_after_ms == '' then return false end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) > tonumber(not_after_ms)
end
