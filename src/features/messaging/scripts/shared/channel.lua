-- Shared by the scripts of a channel, whose first keys are info, settings, history.
--
-- An entry of the history has the id <offset>-<instant in ms> and the field `body`: what a message says of itself, as JSON
-- without the braces. Offsets begin with 1 and have no holes; they count for as long as the epoch is the same.
local INFO, SETTINGS, HISTORY = KEYS[1], KEYS[2], KEYS[3]
local DEFAULT_SIZE, DEFAULT_TTL_MS = 1000, 600000
-- How long the epoch and the offset outlive the last message, or the last look by a node with subscribers.
local IDLE_MS = 86400000

local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

local function whole(number)
  return string.format('%d', number)
end

-- How many messages are kept, and for how long.
local function retention()
  local kept = redis.call('HMGET', SETTINGS, 'historySize', 'historyTtlMs')
  return tonumber(kept[1]) or DEFAULT_SIZE, tonumber(kept[2]) or DEFAULT_TTL_MS
end

-- Epoch, offset and the last message's instant; a channel that is not there begins with `fresh_epoch`.
local function standing(fresh_epoch, now)
  local found = redis.call('HMGET', INFO, 'epoch', 'offset', 'at')
  if found[1] then return found[1], tonumber(found[2]), tonumber(found[3]) end
  redis.call('DEL', HISTORY)
  redis.call('HSET', INFO, 'epoch', fresh_epoch, 'offset', 0, 'at', now)
  return fresh_epoch, 0, now
end

-- Offset and instant of an entry's id.
local function place_of(id)
  local offset, at = id:match('^(%d+)-(%d+)$')
  return tonumber(offset), tonumber(at)
end

-- The first entry that is kept; nil if there is none.
local function first_kept()
  local found = redis.call('XRANGE', HISTORY, '-', '+', 'COUNT', 1)[1]
  if found then return place_of(found[1]) end
end

-- The id of the entry with this offset; nil if it is not kept.
local function id_at(offset)
  local found = redis.call('XRANGE', HISTORY, whole(offset), whole(offset), 'COUNT', 1)[1]
  if found then return found[1] end
end

-- Takes away all entries before `id`, the last of which is `last_gone`. Its id stays known: a subscriber who comes back
-- with it has missed nothing, unless the server has since lost its last writes and given that offset again.
local function trim_before(id, last_gone)
  redis.call('HSET', INFO, 'gone', last_gone)
  if id then redis.call('XTRIM', HISTORY, 'MINID', id) else redis.call('DEL', HISTORY) end
end

-- Takes from the front what is kept no longer: what is older than `oldest`, and more than `size`.
local function trim(oldest, size, offset)
  local too_many = offset > size and id_at(offset - size)
  if too_many then trim_before(size > 0 and whole(offset - size + 1) .. '-0', too_many) end
  local _, at = first_kept()
  if not at or at >= oldest then return end
  local from, last_gone = '-', nil
  while true do
    local found = redis.call('XRANGE', HISTORY, from, '+', 'COUNT', 100)
    if #found == 0 then return trim_before(nil, last_gone) end
    for _, entry in ipairs(found) do
      local _, entry_at = place_of(entry[1])
      if entry_at >= oldest then return trim_before(entry[1], last_gone) end
      last_gone, from = entry[1], '(' .. entry[1]
    end
  end
end

-- Tells the nodes that listen; on a cluster those of the channel's shard alone.
local function announce(sharded, topic, text)
  if sharded == '1' then redis.call('SPUBLISH', topic, text) else redis.call('PUBLISH', topic, text) end
end
