-- Where reading begins after a place, and up to which offset something may be missing before that ('' if nothing is); then
-- whether the channel went on from an earlier place: a server that lost its last writes gives their offsets again.

local function first_or_next(offset)
  return first_kept() or offset + 1
end

local function missing_before(first)
  return first - 1, whole(first - 1)
end

local function after_instant(instant, channel)
  if channel.at <= instant then return channel.offset, '' end
  local to = '+'
  while true do
    local found = redis.call('XREVRANGE', HISTORY, to, '-', 'COUNT', 100)
    for _, entry in ipairs(found) do
      local entry_offset, entry_at = place_of(entry[1])
      if entry_at <= instant then return entry_offset, '' end
      to = '(' .. entry[1]
    end
    if #found == 0 then break end
  end
  local first = first_or_next(channel.offset)
  if first == 1 then return 0, '' end
  -- What is kept no longer for its age alone is older than the instant, if that is within the time that is kept.
  local only_by_age = redis.call('XLEN', HISTORY) < channel.size and instant >= channel.kept_from
  if only_by_age and first <= channel.offset then return first - 1, '' end
  return missing_before(first)
end

-- Of a channel that went on from before a place: what is later than the place's message is none that came with it.
local function after_divergence(its_at, channel)
  local after = its_at and after_instant(its_at, channel) or channel.offset
  return after, whole(after), true
end

local function after_position(place, channel)
  local its_offset, its_at = place.offset, place.at
  if place.epoch ~= channel.epoch then return missing_before(first_or_next(channel.offset)) end
  if its_offset > channel.offset then return after_divergence(its_at, channel) end
  if its_offset == channel.offset then
    if its_at and its_at ~= channel.at then return after_divergence(its_at, channel) end
    return its_offset, ''
  end
  local first = first_or_next(channel.offset)
  if first > its_offset + 1 then return missing_before(first) end
  local id = id_at(its_offset) or redis.call('HGET', INFO, 'gone') or ''
  local here, here_at = place_of(id)
  if its_at and here == its_offset and here_at ~= its_at then return after_divergence(its_at, channel) end
  return its_offset, ''
end
