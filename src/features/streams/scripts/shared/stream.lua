-- Shared by the stream scripts, whose first keys are info, entries, removed.
--
-- An entry has the fields `data` (JSON), `key` (if it has one) and `n`, its ordinal: the first entry ever appended is 1.
-- Retention takes entries from the front alone; the ordinals of those that were deleted one by one stand in `removed`.
-- So how many entries lie between two places is known without counting them, whatever was trimmed or deleted.
local INFO, ENTRIES, REMOVED = KEYS[1], KEYS[2], KEYS[3]

local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Fields of an entry as a table; an ordinal is a number.
local function fields_of(entry)
  local fields = {}
  for at = 1, #entry[2], 2 do fields[entry[2][at]] = entry[2][at + 1] end
  fields.n = tonumber(fields.n)
  return fields
end

-- The first entry at or after `id` ('(' before it: after it), and its fields; nil if there is none.
local function entry_from(id)
  local found = redis.call('XRANGE', ENTRIES, id, '+', 'COUNT', 1)[1]
  if found then return found[1], fields_of(found) end
end

local function appended()
  return tonumber(redis.call('HGET', INFO, 'appended')) or 0
end

-- How many entries are left after the place of ordinal `n`.
local function count_after(n)
  local _, first = entry_from('-')
  if not first then return 0 end
  local after = math.max(n, first.n - 1)
  return appended() - after - redis.call('ZCOUNT', REMOVED, after + 1, '+inf')
end

-- Takes from the front what retention keeps no longer; ordinals of removed entries before the first are of no more use.
local function trim(now)
  local keep = redis.call('HMGET', INFO, 'maxLength', 'maxAgeMs')
  local trimmed = 0
  if keep[1] then trimmed = redis.call('XTRIM', ENTRIES, 'MAXLEN', keep[1]) end
  if keep[2] then trimmed = trimmed + redis.call('XTRIM', ENTRIES, 'MINID', math.max(0, now - tonumber(keep[2]))) end
  if trimmed == 0 then return end
  local _, first = entry_from('-')
  if first then redis.call('ZREMRANGEBYSCORE', REMOVED, '-inf', first.n - 1) else redis.call('DEL', REMOVED) end
end

-- Tells the nodes on which somebody waits for this stream.
local function announce(watch, channel, group)
  if redis.call('EXISTS', watch) == 1 then redis.call('PUBLISH', channel, group) end
end
