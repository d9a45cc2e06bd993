-- Redis' calls take no list of any length.
local MOST_FIELDS = 1000

-- What the hash has in `fields`, as HMGET gives it.
local function values_of(fields)
  local values = {}
  for at = 1, #fields, MOST_FIELDS do
    local some = redis.call('HMGET', SESSIONS, unpack(fields, at, math.min(at + MOST_FIELDS - 1, #fields)))
    for number, value in ipairs(some) do values[at + number - 1] = value end
  end
  return values
end

-- The owner's sessions that are not over, in no order, each with what is stored of it but its box.
local function standing_sessions()
  local fields = {}
  for _, field in ipairs(redis.call('HKEYS', SESSIONS)) do
    if field:sub(-1) == 'h' then
      fields[#fields + 1] = field
      fields[#fields + 1] = field:sub(1, -2) .. 's'
    end
  end
  local values, found = values_of(fields), {}
  for at = 1, #fields, 2 do
    local head, seen = values[at] or '', values[at + 1] or ''
    local created, idle, ends = head:match('^(%d+) (%d+) (%d+) ')
    local seen_at = seen:match('^(%d+) ')
    if created and seen_at and not is_over(seen_at, idle, ends) then
      found[#found + 1] = { rest = fields[at]:sub(1, -2), created = tonumber(created), head = head, seen = seen }
    end
  end
  return found
end

local function is_older(a, b)
  if a.created ~= b.created then return a.created < b.created end
  return a.rest < b.rest
end
